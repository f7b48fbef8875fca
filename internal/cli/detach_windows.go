package cli

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// detach keeps our Ctrl-C and our console away from a browser that we started.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP | windows.CREATE_NO_WINDOW}
}
