package e2e

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A program counts in a file, as fast as it can, and is killed a thousand times:
// no number that it has told is ever lost, and no file is ever torn.
func TestAtomicFileThousandKills(t *testing.T) {
	if testing.Short() {
		t.Skip("takes its time")
	}
	t.Parallel()
	const counters, kills = 4, 250
	program := writerPath(t)
	var told, untold, left atomic.Int64
	t.Run("counters", func(t *testing.T) {
		for i := range counters {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				d := newDesk(t, "config")
				number := 0
				for range kills {
					before := number
					cmd := exec.CommandContext(t.Context(), program, "count", d.path)
					var stdout, stderr bytes.Buffer
					cmd.Stdout, cmd.Stderr = &stdout, &stderr
					d.must(cmd.Start())
					time.Sleep(rand.N(25 * time.Millisecond))
					d.must(cmd.Process.Kill())
					_ = cmd.Wait()
					if stderr.Len() > 0 {
						t.Fatalf("it said %s", &stderr)
					}
					said := strings.Fields(stdout.String())
					last := before
					if len(said) > 0 {
						var err error
						last, err = strconv.Atoi(said[len(said)-1])
						d.must(err)
					}
					number = d.number()
					if last != before+len(said) || number != last && number != last+1 {
						t.Fatalf("it began at %d and told up to %d; the file says %d", before, last, number)
					}
					told.Add(int64(len(said)))
					untold.Add(int64(number - last))
				}
				temps := d.temps()
				left.Add(int64(len(temps)))
				old := time.Now().Add(-2 * time.Hour)
				for _, temp := range temps {
					d.must(os.Chtimes(temp, old, old))
				}
				d.once(newBytes)
				if temps := d.temps(); len(temps) > 0 {
					t.Errorf("stale, and left: %v", temps)
				}
			})
		}
	})
	t.Logf("%d kills: %d replacements told, %d done and not told, %d temporary files left", counters*kills, told.Load(), untold.Load(), left.Load())
	if told.Load() == 0 || left.Load() == 0 {
		t.Error("the kills came at the wrong moments")
	}
}

// number is what the counter's file says, which has that number on every line,
// and as many lines as follow from it.
func (d *desk) number() int {
	d.t.Helper()
	data, err := os.ReadFile(d.path)
	if os.IsNotExist(err) {
		return 0
	}
	d.must(err)
	line, _, _ := strings.Cut(string(data), "\n")
	n, err := strconv.Atoi(line)
	d.must(err)
	if string(data) != strings.Repeat(line+"\n", 1+n%5000) {
		d.t.Fatalf("%s: %d bytes that are not those of %d", filepath.Base(d.path), len(data), n)
	}
	return n
}
