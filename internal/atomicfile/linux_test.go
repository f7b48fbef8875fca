//go:build linux

package atomicfile

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

const (
	accessList  = "system.posix_acl_access"
	defaultList = "system.posix_acl_default" // of a directory, for new files
)

// acl is an access list as Linux stores it: owner rw-, the user 1234 rw-, the
// group as said, everybody else nothing.
func acl(group uint16) []byte {
	list := binary.LittleEndian.AppendUint32(nil, 2) // version
	entry := func(tag, permissions uint16, id uint32) {
		list = binary.LittleEndian.AppendUint16(list, tag)
		list = binary.LittleEndian.AppendUint16(list, permissions)
		list = binary.LittleEndian.AppendUint32(list, id)
	}
	const nobody = 1<<32 - 1
	entry(0x01, 6, nobody) // owner
	entry(0x02, 6, 1234)   // a user
	entry(0x04, group, nobody)
	entry(0x10, 6, nobody) // mask: what the mode shows as the group's
	entry(0x20, 0, nobody) // others
	return list
}

// Without its access list a file with mode 0660 would let the group in.
func TestReplaceKeepsAccessList(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	write(t, path, "old")
	setAttribute(t, path, accessList, acl(0))
	hasMode(t, path, 0o660)
	if err := Replace(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	hasMode(t, path, 0o660)
	if got := attribute(t, path, accessList); got != string(acl(0)) {
		t.Errorf("access list %q", got)
	}
	holds(t, path, "new")
}

// The directory got a list later than the file: the file goes on without.
func TestReplaceKeepsThatThereIsNoAccessList(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	write(t, path, "old")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	setAttribute(t, filepath.Dir(path), defaultList, acl(6))
	if err := Replace(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	hasMode(t, path, 0o640)
	if got := attribute(t, path, accessList); got != "" {
		t.Errorf("access list %q", got)
	}
}

// Only root may write a label where there is no SELinux, and read it back.
func TestReplaceKeepsLabel(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root may set a label")
	}
	path := filepath.Join(t.TempDir(), "file")
	write(t, path, "old")
	const label = "system_u:object_r:user_home_t:s0\x00"
	setAttribute(t, path, "security.selinux", []byte(label))
	if err := Replace(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if got := attribute(t, path, "security.selinux"); got != label {
		t.Errorf("label %q", got)
	}
}

func setAttribute(t *testing.T, path, name string, value []byte) {
	t.Helper()
	err := unix.Setxattr(path, name, value, 0)
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, unix.EPERM) {
		t.Skipf("no %s here: %v", name, err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// attribute is empty where there is none.
func attribute(t *testing.T, path, name string) string {
	t.Helper()
	value := make([]byte, 1<<16)
	n, err := unix.Getxattr(path, name, value)
	if err != nil && !errors.Is(err, unix.ENODATA) {
		t.Fatal(err)
	}
	return string(value[:max(n, 0)])
}
