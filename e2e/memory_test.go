package e2e

import (
	"syscall"
	"testing"
)

// 5,000 accounts with 10 roles each, as fast as the service answers: a run that
// ends behind the discovery, because no profile can be named; one that writes
// 50,000 profiles; one that merges them with those of the first.
func TestMemory(t *testing.T) {
	h := newHome(t)
	h.emulate("--auto-approve", "--accounts", "5000", "--roles", "10")
	for _, run := range []struct {
		name  string
		args  []string
		code  int
		limit int64 // MiB
	}{
		{"discovery", []string{"--profile-name", "{{ .Region }}"}, 1, 60},
		{"first", []string{"--fresh"}, 0, 130},
		{"second", []string{"--fresh"}, 0, 190},
	} {
		p := h.start(binary, run.args...)
		p.exits(run.code)
		p.says("Found 5000 accounts and 50000 roles")
		usage, ok := p.cmd.ProcessState.SysUsage().(*syscall.Rusage)
		if !ok {
			t.Fatal("no resource usage here")
		}
		t.Logf("%s: %d KiB resident at most", run.name, usage.Maxrss)
		if usage.Maxrss > run.limit<<10 {
			t.Errorf("%s: %d KiB resident, at most %d MiB", run.name, usage.Maxrss, run.limit)
		}
	}
}
