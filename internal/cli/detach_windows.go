package cli

import (
	"os/exec"
	"syscall"
)

// detach keeps our Ctrl-C away from a browser that we started.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
