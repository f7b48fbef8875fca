package e2e

import (
	"syscall"
	"testing"
)

// memoryLimit is what the program may hold in memory at most, in KiB.
const memoryLimit = 60 << 10

// 5,000 accounts with 10 roles each, as fast as the service answers.
func TestMemory(t *testing.T) {
	h := newHome(t)
	h.emulate("--auto-approve", "--accounts", "5000", "--roles", "10")
	for _, run := range []string{"first", "second"} {
		p := h.start(binary)
		p.exits(0)
		p.says("Found 5000 accounts and 50000 roles")
		usage, ok := p.cmd.ProcessState.SysUsage().(*syscall.Rusage)
		if !ok {
			t.Fatal("no resource usage here")
		}
		t.Logf("%s run: %d KiB at most", run, usage.Maxrss)
		if usage.Maxrss > memoryLimit {
			t.Errorf("%s run: %d KiB resident, at most %d", run, usage.Maxrss, memoryLimit)
		}
	}
}
