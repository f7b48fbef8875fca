package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// inside runs a shell script that may mount what it likes over the person's files:
// $0 is the program, $1 the directory of tokens.
func (s *session) inside(script string) *process {
	s.t.Helper()
	unshare := tool(s.t, "unshare")
	tool(s.t, "mount")
	if os.Geteuid() != 0 {
		lack(s.t, "right to make a mount namespace (root)")
	}
	return s.start(unshare, "--mount", "sh", "-euc", script, binary, filepath.Dir(s.file))
}

// A refresh token is used once in the life of some services: it is not spent for a
// new one that there is no room for.
func TestSessionOnAFullDisk(t *testing.T) {
	t.Parallel()
	s := newSession(t, "--refresh-rotation", "strict")
	s.signIn()
	s.expire()
	before := s.readFile()
	p := s.inside(`
		cp -a "$1" "$1.kept"
		mount -t tmpfs -o size=64k,mode=700 none "$1"
		cp -a "$1.kept"/*.json "$1"
		dd if=/dev/zero of="$1/full" 2>/dev/null || true
		if "$0" login --no-browser --timeout 1s; then exit 9; fi
		cp "$1"/*.json "$1.kept/"`)
	p.exits(0)
	p.says(`error: sign in: the token could not be kept for the AWS tools: .*no space left on device\nhint: ~/\.aws/sso/cache should be`)
	if after := s.readFile(); !bytes.Equal(before, after) {
		t.Error("the file has changed")
	}
	s.run(mainJob) // without a person: the refresh token is still good
}

// A container is often given the person's directory to read, made by a umask that
// lets the group write. Nobody can plant anything there, and its token is as good as
// any.
func TestSessionThatCanOnlyBeRead(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	s.signIn()
	p := s.inside(`
		chmod 775 "$1"
		chmod 644 "$1"/*.json
		mount --bind "$HOME/.aws" "$HOME/.aws"
		mount -o remount,bind,ro "$HOME/.aws"
		"$0" --no-browser --timeout 1s --out "$HOME/elsewhere"
		"$0" status`)
	p.exits(0)
	if _, err := os.Stat(filepath.Join(s.dir, "elsewhere")); err != nil {
		t.Error(err)
	}
}
