//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// checkKeyFile refuses a key file of this user that anybody else can read or
// change, as ssh does with private keys; one of another user but root; and one of
// root that others can change.
func checkKeyFile(_ *os.File, info os.FileInfo) error {
	mode := info.Mode().Perm()
	owner := -1
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		owner = int(stat.Uid)
	}
	switch {
	case owner != os.Geteuid() && owner != 0:
		return errors.New("the file belongs to another user, who can change it. Use a file of your own or of root")
	case owner == os.Geteuid() && mode&0o077 != 0:
		return fmt.Errorf("others can read or change the file (mode %04o): chmod 600 it, or 400. If others had access to it, make a new key", mode)
	case mode&0o022 != 0:
		return fmt.Errorf("others can change the file (mode %04o). Take write permission from group and others", mode)
	}
	return nil
}
