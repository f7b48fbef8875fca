package e2e

import (
	"os"
	"strings"
	"testing"
)

// mounted runs a shell script that may mount what it likes, and sees to it that
// nobody else sees that. $0 is the writer, $1 an empty directory. refused runs
// the writer, which must fail, and have changed nothing.
func mounted(t *testing.T, script string) *process {
	t.Helper()
	unshare := tool(t, "unshare")
	tool(t, "mount")
	if os.Geteuid() != 0 {
		lack(t, "right to make a mount namespace (root)")
	}
	h := newHome(t)
	p := h.start(unshare, "--mount", "sh", "-euc", `
		refused() {
			before=$(ls -Ai "$1"; cat "$1/config")
			if "$writer" "$2" "$1/config" ${3-}; then echo "$2 worked" >&2; exit 9; fi
			after=$(ls -Ai "$1"; cat "$1/config")
			[ "$before" = "$after" ] || { echo "before: $before; after: $after" >&2; exit 9; }
		}
		writer=$0
		`+script, writerPath(t), t.TempDir())
	p.exits(0)
	return p
}

func TestAtomicFileFullDisk(t *testing.T) {
	t.Parallel()
	p := mounted(t, `
		mount -t tmpfs -o size=64k none "$1"
		echo old >"$1/config"
		refused "$1" replace 200000
		"$writer" once "$1/config" 20000
		refused "$1" once 50000 # there is room for one of them, not for both
		"$writer" once "$1/config" 30000`)
	said := p.said.String()
	if lines := strings.Count(said, "/config: no space left on device\n"); lines != 2 || strings.Count(said, "\n") != 2 {
		t.Errorf("it said %s", said)
	}
}

func TestAtomicFileNoRoomForAnotherFile(t *testing.T) {
	t.Parallel()
	p := mounted(t, `
		mount -t tmpfs -o nr_inodes=2 none "$1"
		echo old >"$1/config"
		refused "$1" check
		refused "$1" replace 10
		refused "$1" once 10`)
	p.says(`(?m)\Awrite a new file beside .*/config: no space left on device\nwrite a new file beside .*/config: no space left on device\nlock .*: no space left on device\n\z`)
}

func TestAtomicFileReadOnlyFileSystem(t *testing.T) {
	t.Parallel()
	for name, mount := range map[string]string{
		"file system": `
			mount -t tmpfs none "$1"
			echo old >"$1/config"
			mount -o remount,ro "$1"`,
		"bind mount": `
			echo old >"$1/config"
			mount --bind "$1" "$1"
			mount -o remount,bind,ro "$1"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := mounted(t, mount+`
				refused "$1" check
				refused "$1" replace 10
				refused "$1" once 10`)
			p.says(`(?m)\Awrite a new file beside .*/config: read-only file system\nwrite a new file beside .*/config: read-only file system\nlock .*: read-only file system\n\z`)
		})
	}
}

// A container is given one file: no other can take its place.
func TestAtomicFileMountedFile(t *testing.T) {
	t.Parallel()
	p := mounted(t, `
		echo old >"$1/config"
		echo host >"$1/host"
		ln -s config "$1/link"
		mount --bind "$1/host" "$1/config"
		refused "$1" check
		refused "$1" replace 10
		if "$writer" replace "$1/link" 10; then exit 9; fi
		umount "$1/config"
		"$writer" replace "$1/link" 10`)
	p.says(`(?m)\A(.*/config: file is a mount point, and cannot be replaced: .*\n){3}\z`)
}
