//go:build !unix

package main

import (
	"os"
	"os/exec"
)

func inOwnGroup(cmd *exec.Cmd) {
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
}
