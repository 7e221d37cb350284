//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// inOwnGroup keeps a Ctrl-C in the terminal from reaching the program before
// this one has decided in which order things end, and ends all of it then.
func inOwnGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
}
