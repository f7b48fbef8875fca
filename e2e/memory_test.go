package e2e

import (
	"syscall"
	"testing"
)

// 5,000 accounts with 10 roles each, as fast as the service answers. The second
// run has the file of the first one in memory, too.
func TestMemory(t *testing.T) {
	h := newHome(t)
	h.emulate("--auto-approve", "--accounts", "5000", "--roles", "10")
	for run, limit := range []int64{60 << 10, 100 << 10} { // KiB
		p := h.start(binary)
		p.exits(0)
		p.says("Found 5000 accounts and 50000 roles")
		usage, ok := p.cmd.ProcessState.SysUsage().(*syscall.Rusage)
		if !ok {
			t.Fatal("no resource usage here")
		}
		t.Logf("run %d: %d KiB resident at most", run+1, usage.Maxrss)
		if usage.Maxrss > limit {
			t.Errorf("run %d: %d KiB resident, at most %d", run+1, usage.Maxrss, limit)
		}
	}
}
