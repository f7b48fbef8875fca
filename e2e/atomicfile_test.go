package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// writer is a program that does to a file what ours does, and nothing else. It
// is built once, by the first test that needs it.
var writer = sync.OnceValues(func() (string, error) {
	path := filepath.Join(filepath.Dir(binary), "writer")
	build := exec.Command("go", "build", "-o", path, "./internal/atomicfile/testdata/writer")
	build.Dir = ".."
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the writer: %w\n%s", err, output)
	}
	return path, nil
})

func writerPath(t *testing.T) string {
	t.Helper()
	path, err := writer()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

const (
	oldBytes = 70_000
	newBytes = 50_000
)

// A desk is a directory with a file that a writer is going to change.
type desk struct {
	t         *testing.T
	dir, path string // path may be a link
	old       string
}

// desks are the cases: what there is before a writer comes.
var desks = map[string]func(t *testing.T) *desk{
	"file": func(t *testing.T) *desk {
		d := newDesk(t, "config")
		d.old = strings.Repeat("o", oldBytes)
		d.must(os.WriteFile(d.path, []byte(d.old), 0o640))
		return d
	},
	"link": func(t *testing.T) *desk {
		d := newDesk(t, "config")
		d.old = strings.Repeat("o", oldBytes)
		d.must(os.WriteFile(d.path, []byte(d.old), 0o640))
		d.path = filepath.Join(t.TempDir(), "link")
		d.must(os.Symlink(filepath.Join(d.dir, "config"), d.path))
		return d
	},
	"nothing": func(t *testing.T) *desk { return newDesk(t, "new", "dir", "config") },
}

func newDesk(t *testing.T, path ...string) *desk {
	d := &desk{t: t}
	d.path = filepath.Join(append([]string{t.TempDir()}, path...)...)
	d.dir = filepath.Dir(d.path)
	return d
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// whole says whether the file is the new one, and fails if it is neither that
// nor the old one.
func (d *desk) whole(size int) bool {
	d.t.Helper()
	data, err := os.ReadFile(d.path)
	if errors.Is(err, os.ErrNotExist) && d.old == "" {
		return false
	}
	d.must(err)
	if string(data) == strings.Repeat("n", size) {
		return true
	}
	if string(data) != d.old || d.old == "" {
		d.t.Errorf("the path holds %d bytes, neither the old nor the new ones", len(data))
	}
	return false
}

// temps is what was left beside the file; there is never anything else.
func (d *desk) temps() []string {
	d.t.Helper()
	entries, err := os.ReadDir(d.dir)
	if !errors.Is(err, os.ErrNotExist) {
		d.must(err)
	}
	var temps []string
	for _, entry := range entries {
		switch name := entry.Name(); {
		case strings.HasPrefix(name, ".aws-sso-config-generator-"):
			temps = append(temps, filepath.Join(d.dir, name))
		case name != "config" && name != ".config.aws-sso-config-generator.lock":
			d.t.Errorf("there is %s", name)
		}
	}
	return temps
}

// next is the next run, and the one after the leftovers got old: both work, and
// then nothing is left.
func (d *desk) next() {
	d.t.Helper()
	before := d.temps()
	d.once(newBytes + 1)
	if after := d.temps(); !slices.Equal(after, before) {
		d.t.Errorf("the next run took %v for stale; left %v", before, after)
	}
	old := time.Now().Add(-2 * time.Hour)
	for _, temp := range before {
		d.must(os.Chtimes(temp, old, old))
	}
	d.once(newBytes + 2)
	if after := d.temps(); len(after) > 0 {
		d.t.Errorf("stale, and left: %v", after)
	}
}

func (d *desk) once(size int) {
	d.t.Helper()
	output, err := exec.CommandContext(d.t.Context(), writerPath(d.t), "once", d.path, strconv.Itoa(size)).CombinedOutput()
	if err != nil {
		d.t.Errorf("the next run: %v: %s", err, output)
	}
	if !d.whole(size) {
		d.t.Error("the next run wrote nothing")
	}
}

// A call is a system call of the writer: the n-th of its name.
type call struct {
	name string
	n    int
}

// What Go's runtime calls for itself, whenever it likes. A kill there is one
// before the next call that is counted.
var runtimeCall = regexp.MustCompile(`^(futex|mmap|munmap|madvise|mprotect|rt_.*|sigaltstack|clone3?|gettid|getpid|tgkill|nanosleep|sched_yield|epoll_p?wait2?|exit_group|restart_syscall)$`)

// trace runs the writer under strace and returns what it printed, and how it
// ended. Only its first thread is traced, where all that it does happens.
func (d *desk) trace(args ...string) (string, *os.ProcessState) {
	d.t.Helper()
	args = append(args, writerPath(d.t), "once", d.path, strconv.Itoa(newBytes))
	cmd := exec.CommandContext(d.t.Context(), tool(d.t, "strace"), args...)
	output, err := cmd.CombinedOutput()
	if ended := (*exec.ExitError)(nil); err != nil && !errors.As(err, &ended) {
		d.t.Fatal(err)
	}
	return string(output), cmd.ProcessState
}

// calls is all that the writer calls between its marks.
func (d *desk) calls() []call {
	d.t.Helper()
	log := filepath.Join(d.t.TempDir(), "log")
	if output, state := d.trace("-o", log); !state.Success() {
		d.t.Logf("%s\n%s", state, output)
		lack(d.t, "right to trace a process")
	}
	data, err := os.ReadFile(log)
	d.must(err)
	var calls []call
	seen, begun := make(map[string]int), false
	for line := range bytes.Lines(data) {
		match := regexp.MustCompile(`^(\w+)\(`).FindSubmatch(line)
		if match == nil {
			continue
		}
		name := string(match[1])
		seen[name]++
		begun = begun || bytes.Contains(line, []byte(`"/begin"`))
		if begun && !runtimeCall.MatchString(name) {
			calls = append(calls, call{name, seen[name]})
		}
		if bytes.Contains(line, []byte(`"/end"`)) {
			return calls
		}
	}
	d.t.Fatalf("the writer was not seen to end:\n%s", data)
	return nil
}

// Killed at the door of every system call that it makes: the path holds all of
// the old bytes up to the rename, and all of the new ones from then on, and the
// next run finds nothing that stops it.
func TestAtomicFileKilledAtEverySystemCall(t *testing.T) {
	t.Parallel()
	for name, set := range desks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := set(t).calls()
			renamed, left := false, 0
			for i, c := range calls {
				d := set(t)
				output, state := d.trace("-o", os.DevNull, "-e", "trace="+c.name, "-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", c.name, c.n))
				if status := state.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGKILL {
					t.Errorf("%v was not its end: %v: %s", c, state, output)
				}
				if isNew := d.whole(newBytes); isNew != renamed {
					t.Errorf("killed at %v, call %d of %d: new bytes: %v", c, i, len(calls), isNew)
				}
				left += len(d.temps())
				d.next()
				renamed = renamed || strings.HasPrefix(c.name, "rename")
			}
			enough(t, calls)
			if left == 0 {
				t.Error("no kill left a temporary file")
			}
			t.Logf("killed at %d system calls; %d left a temporary file", len(calls), left)
		})
	}
}

// Every system call fails once, as on a disk that dies: the writer says so and
// cleans up, or did not need it.
func TestAtomicFileWhereEverySystemCallFails(t *testing.T) {
	t.Parallel()
	for name, set := range desks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := set(t).calls()
			calls = slices.DeleteFunc(calls, func(c call) bool { return strings.HasPrefix(c.name, "epoll") || c.name == "eventfd2" }) // the runtime does not live without
			renamed, failed := false, 0
			for _, c := range calls {
				d := set(t)
				output, state := d.trace("-o", os.DevNull, "-e", "trace="+c.name, "-e", fmt.Sprintf("inject=%s:error=EIO:when=%d", c.name, c.n))
				isNew := d.whole(newBytes)
				switch code := state.ExitCode(); {
				case code == 0 && !isNew, code == 1 && isNew != renamed, code != 0 && code != 1:
					t.Errorf("%v failed: exit code %d, new bytes: %v; it said %s", c, code, isNew, output)
				case code == 1:
					failed++
					if !strings.Contains(output, "input/output error") {
						t.Errorf("%v failed: it said %s", c, output)
					}
				}
				if temps := d.temps(); len(temps) > 0 {
					t.Errorf("%v failed: left %v", c, temps)
				}
				d.next()
				renamed = renamed || strings.HasPrefix(c.name, "rename")
			}
			enough(t, calls)
			t.Logf("%d system calls failed, %d ended the run", len(calls), failed)
		})
	}
}

// enough holds that the marks are where they should be, and the calls in the
// order that a power cut wants.
func enough(t *testing.T, calls []call) {
	t.Helper()
	var order strings.Builder
	for _, c := range calls {
		switch c.name {
		case "flock", "write", "fsync", "renameat", "renameat2":
			order.WriteString(c.name + " ")
		}
	}
	if got := order.String(); !regexp.MustCompile(`^(fsync )*flock (write )+fsync renameat2? fsync flock $`).MatchString(got) {
		t.Errorf("the calls are %s", got)
	}
}

// Somebody else writes when the new file is finished and not yet in place: it is
// theirs that stays.
func TestAtomicFileChangedAtTheLastMoment(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"file", "link"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := desks[name](t)
			h := newHome(t)
			p := h.start(tool(t, "strace"), "-o", os.DevNull, "-e", "trace=fsync", "-e", "inject=fsync:delay_exit=2000000:when=1",
				writerPath(t), "once", d.path, strconv.Itoa(newBytes))
			for deadline := time.Now().Add(patience); len(d.temps()) == 0; time.Sleep(time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("no temporary file; it said %s", p.said)
				}
			}
			d.must(os.WriteFile(d.path, []byte("theirs"), 0o600))
			p.exits(1)
			p.says(`file was changed by somebody else meanwhile\n\z`)
			if data, err := os.ReadFile(d.path); err != nil || string(data) != "theirs" {
				t.Errorf("there are %d bytes, %v", len(data), err)
			}
			if temps := d.temps(); len(temps) > 0 {
				t.Errorf("left %v", temps)
			}
		})
	}
}
