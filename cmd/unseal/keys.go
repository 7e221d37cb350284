package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// maxKeys is how many bytes of keys are read: a ring has few keys of 60 each.
const maxKeys = 1 << 20

// readKeyFile reads a file of keys, and refuses one that others can read or
// change, as ssh does. What is no file of a disk, such as a pipe, has no others.
func readKeyFile(name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat() // of what was opened, not of what has the name by now
	if err != nil {
		return "", err
	}
	if info.Mode().IsRegular() {
		if err := checkKeyFile(file, info); err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
	}
	return readKeys(file)
}

// readKeyDescriptor reads keys from a file descriptor that this process was
// started with, and closes it, so that the application does not get it.
func readKeyDescriptor(fd int) (string, error) {
	file := os.NewFile(uintptr(fd), fmt.Sprintf("file descriptor %d", fd))
	if file == nil {
		return "", fmt.Errorf("file descriptor %d cannot be used", fd)
	}
	text, err := readKeys(file)
	return text, errors.Join(err, file.Close())
}

func readKeys(from io.Reader) (string, error) {
	text, err := io.ReadAll(io.LimitReader(from, maxKeys+1))
	if len(text) > maxKeys {
		err = fmt.Errorf("there is more than %d MiB, which are no keys", maxKeys>>20)
	}
	return string(text), err
}
