package signin

import (
	"errors"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"aws-sso-config-generator/internal/emulator"
)

const (
	nobody    = 65534
	reusePort = 15 // SO_REUSEPORT, which syscall does not have
)

// sharing is every choice of options by which sockets share a port.
var sharing = []map[int]int{
	{syscall.SO_REUSEADDR: 0}, {syscall.SO_REUSEADDR: 1}, {reusePort: 1}, {syscall.SO_REUSEADDR: 1, reusePort: 1},
}

// hosts are the addresses behind which 127.0.0.1 is; the last is all of IPv6 and IPv4.
var hosts = []string{"127.0.0.1", "0.0.0.0", ""}

// squat listens on a port with options of its socket, or says why it cannot.
func squat(t *testing.T, host, port string, options map[int]int) (net.Listener, error) {
	t.Helper()
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var err error
		controlled := c.Control(func(fd uintptr) {
			for option, value := range options {
				err = errors.Join(err, syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, option, value))
			}
		})
		return errors.Join(controlled, err)
	}}
	listener, err := config.Listen(t.Context(), "tcp", net.JoinHostPort(host, port))
	if err == nil {
		t.Cleanup(func() { _ = listener.Close() })
	}
	return listener, err
}

// Somebody who knows --callback-port listens there first, in any way: nobody signs in
// there.
func TestNobodySignsInOnAPortOfSomebodyElse(t *testing.T) {
	for _, options := range sharing {
		for _, host := range hosts {
			theirs, err := squat(t, host, "0", options)
			if err != nil {
				t.Fatal(err)
			}
			e, c := world(t, emulator.Config{})
			c.CallbackPort = theirs.Addr().(*net.TCPAddr).Port
			c.Show = func(p Prompt) { t.Errorf("%q with %v: shows %s", host, options, p.URL) }
			if _, err := AuthorizationCode(t.Context(), c); !errors.Is(err, ErrListen) || e.Stats().Requests["RegisterClient"] != 0 {
				t.Errorf("%q with %v: %v", host, options, err)
			}
		}
	}
}

// They only bind it, so that we may listen, and listen when we do: too late.
func TestAPortThatIsBoundInAdvanceIsOurs(t *testing.T) {
	for _, host := range [][4]byte{{127, 0, 0, 1}, {}} {
		theirs, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = syscall.Close(theirs) })
		err = errors.Join(syscall.SetsockoptInt(theirs, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1), syscall.Bind(theirs, &syscall.SockaddrInet4{Addr: host}))
		address, nameErr := syscall.Getsockname(theirs)
		if err := errors.Join(err, nameErr); err != nil {
			t.Fatal(err)
		}
		_, c := world(t, emulator.Config{AutoApprove: true})
		c.CallbackPort = address.(*syscall.SockaddrInet4).Port
		seen := browser(t, &c, func(p Prompt) shown {
			if err := syscall.Listen(theirs, 1); !errors.Is(err, syscall.EADDRINUSE) {
				t.Errorf("they listen, too: %v", err)
			}
			return browse(t, p.URL)
		})
		if _, err := AuthorizationCode(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if page := seen(); !strings.Contains(page.body, "You are signed in") {
			t.Errorf("the browser shows %s", page.body)
		}
	}
}

// While we wait, nobody else can listen on our port, this person as little as
// another one: not on our address, not on all of them, and not with the options by
// which sockets share a port.
func TestNobodyTakesThePortWhileWeWait(t *testing.T) {
	_, c := world(t, emulator.Config{AutoApprove: true})
	seen := browser(t, &c, func(p Prompt) shown {
		redirectURI, _ := callbackOf(t, p)
		u, err := url.Parse(redirectURI)
		if err != nil {
			t.Error(err)
		}
		attack := func() {
			for _, options := range sharing {
				for _, host := range hosts {
					if _, err := squat(t, host, u.Port(), options); !errors.Is(err, syscall.EADDRINUSE) {
						t.Errorf("%q with %v: %v", host, options, err)
					}
				}
			}
		}
		attack()
		if os.Geteuid() == 0 {
			asNobody(t, attack)
		}
		return browse(t, p.URL)
	})
	if _, err := AuthorizationCode(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if page := seen(); !strings.Contains(page.body, "You are signed in") {
		t.Errorf("the browser shows %s", page.body)
	}
}

// asNobody runs f as a person who is not root: on Linux, every thread has a user
// of its own. f must not end the test.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
		const same = ^uintptr(0)
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, same, nobody, same); errno != 0 {
			t.Error(errno)
			return
		}
		f()
	}()
	<-done
}

// give gives a directory and all that is in it to nobody, who can get there.
func give(t *testing.T, dir string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can be somebody else")
	}
	if err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, nobody, nobody))
	}); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
}

// The cache leads into the directory of somebody else, who waits for tokens, or
// wants us to use theirs. Nothing is read there, nothing written, and the person is
// signed in for one run.
func TestACacheInADirectoryOfSomebodyElse(t *testing.T) {
	inWorld(t, func(t *testing.T) {
		d := newDesk(t, emulator.Config{})
		l := d.signIn(corp, true)
		home := filepath.Dir(filepath.Dir(filepath.Dir(d.cache.Dir)))
		give(t, home)
		theirs := filepath.Join(filepath.Dir(home), "theirs")
		if err := errors.Join(os.Mkdir(theirs, 0o777), os.Chmod(theirs, 0o777),
			os.Rename(d.cache.Path(corp), filepath.Join(theirs, corp.file())), os.Chmod(filepath.Join(theirs, corp.file()), 0o666),
			os.RemoveAll(d.cache.Dir), os.Symlink(theirs, d.cache.Dir)); err != nil {
			t.Fatal(err)
		}
		before := d.read(corp)
		asNobody(t, func() {
			if l, err := d.token(corp, ""); !errors.Is(err, ErrCache) || l != (Login{}) {
				t.Errorf("read: %v, %v", l, err)
			}
			l.Token.AccessToken = "new"
			if err := d.cache.Keep(t.Context(), corp, l, ""); !errors.Is(err, ErrCache) {
				t.Errorf("keep: %v", err)
			}
		})
		if after := d.read(corp); after != before {
			t.Errorf("written: %s", after)
		}
	})
}

// Others could write in the cache, and one of them has put a file there in the place
// of the session's, so as to own the token that is put there, or to be able to read
// it, or to have us use theirs.
func TestATokenFileOfSomebodyElse(t *testing.T) {
	for name, run := range map[string]func(*testing.T, func()){
		"person": asNobody,
		"root":   func(_ *testing.T, f func()) { f() },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T) {
				d := newDesk(t, emulator.Config{})
				l := d.signIn(corp, true)
				give(t, filepath.Dir(filepath.Dir(filepath.Dir(d.cache.Dir))))
				if err := errors.Join(os.Chmod(d.cache.Dir, 0o777), os.Chmod(d.cache.Path(corp), 0o666), os.Chown(d.cache.Path(corp), 1234, 1234)); err != nil {
					t.Fatal(err)
				}
				before := d.read(corp)
				run(t, func() {
					if l, err := d.token(corp, ""); !errors.Is(err, ErrCache) || l != (Login{}) {
						t.Errorf("read: %v, %v", l, err)
					}
					l.Token.AccessToken = "new"
					if err := d.cache.Keep(t.Context(), corp, l, ""); !errors.Is(err, ErrCache) {
						t.Errorf("keep: %v", err)
					}
				})
				if after := d.read(corp); after != before {
					t.Errorf("written: %s", after)
				}
				if info, err := os.Stat(d.cache.Dir); err != nil || info.Mode().Perm() != 0o755 || len(d.told) != 1 {
					t.Errorf("the directory is %v; told %v", info.Mode(), d.told)
				}
			})
		})
	}
}
