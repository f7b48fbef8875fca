//go:build unix

package cli

import (
	"os/exec"
	"syscall"
)

// detach keeps our Ctrl-C and our terminal away from a browser that we started.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
