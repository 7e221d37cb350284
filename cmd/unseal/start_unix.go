//go:build unix

package main

import "syscall"

// start puts the program in the place of this one: it gets the same process id
// and every signal, its status is the status, and nothing that knows the keys
// stays behind.
func start(path string, args, environment []string) (status int, err error) {
	return 0, syscall.Exec(path, args, environment)
}
