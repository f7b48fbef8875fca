package atomicfile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMain makes the test binary a program that adds a line to a file, too.
func TestMain(m *testing.M) {
	if line := os.Getenv("ATOMICFILE_TEST_LINE"); line != "" {
		if err := addLine(context.Background(), writersFile, line); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// What everybody writes to, in a directory that does not exist as yet.
var writersFile = filepath.Join("new", "config")

// addLine is what every run does with the file: lock, read, change, replace.
func addLine(ctx context.Context, path, line string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	unlock, err := Lock(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	data, v, err := Read(path)
	if err != nil {
		return err
	}
	return ReplaceVersion(path, append(data, line+"\n"...), v)
}

const writers = 20

func TestLockTwentyGoroutines(t *testing.T) {
	all(t, func(ctx context.Context, line string) error { return addLine(ctx, writersFile, line) })
}

func TestLockTwentyProcesses(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	all(t, func(ctx context.Context, line string) error {
		cmd := exec.CommandContext(ctx, self)
		cmd.Env = append(os.Environ(), "ATOMICFILE_TEST_LINE="+line)
		if output, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, output)
		}
		return nil
	})
}

// all has everybody add a line at once.
func all(t *testing.T, add func(ctx context.Context, line string) error) {
	t.Helper()
	t.Chdir(t.TempDir())
	var wait sync.WaitGroup
	var want []string
	for i := range writers {
		line := fmt.Sprintf("line %02d", i)
		want = append(want, line)
		wait.Go(func() {
			if err := add(t.Context(), line); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	data, _, err := Read(writersFile)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the file holds %q", got)
	}
	if left := names(t, filepath.Dir(writersFile)); len(left) != 2 {
		t.Errorf("left %v", left)
	}
}
