package signin

import (
	"cmp"
	"context"
	"crypto/sha1" //nolint:gosec // it names files, as the AWS CLI and the SDKs name them
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"aws-sso-config-generator/internal/atomicfile"
	"aws-sso-config-generator/internal/identitycenter"
)

// A Session is what one sign-in is for: an [sso-session] of the config file, or
// a start URL in the legacy layout.
type Session struct {
	Name     string // of the [sso-session]; "" in the legacy layout
	StartURL string // as it stands in the config file
	Region   string
}

// file is the name of the session's file, as all AWS tools have it: the SHA-1 of
// the session's name, or of the start URL's very text.
func (s Session) file() string {
	sum := sha1.Sum([]byte(cmp.Or(s.Name, s.StartURL))) //nolint:gosec // see above
	return hex.EncodeToString(sum[:]) + ".json"
}

// A Login is what a sign-in ends with: a token, and the registration with which
// it can be refreshed, if it can.
type Login struct {
	Token        identitycenter.Token
	Registration identitycenter.Registration
}

// Why a session needs a person to sign in. [Ended] knows them all.
var (
	ErrSignedOut           = errors.New("nobody is signed in")
	ErrExpired             = errors.New("the session has expired, and was not one to be kept")
	ErrExpiredLegacy       = errors.New("the session has expired, and one of the legacy layout is not refreshed")
	ErrRegistrationExpired = errors.New("the session has expired, and so has the registration to refresh it with")
	ErrRefreshRefused      = errors.New("the session is over: the service does not refresh it any more")
	ErrRejected            = errors.New("the session was ended before its time, by a logout or an administrator")
	ErrOtherPortal         = errors.New("the session of this name that is signed in is for another access portal")
	ErrDamaged             = errors.New("the file of the session is damaged")
)

// Ended says that err is why a person has to sign in. Other errors mean that
// nobody knows.
func Ended(err error) bool {
	for _, reason := range []error{
		ErrSignedOut, ErrExpired, ErrExpiredLegacy, ErrRegistrationExpired, ErrRefreshRefused, ErrRejected, ErrOtherPortal, ErrDamaged,
	} {
		if errors.Is(err, reason) {
			return true
		}
	}
	return false
}

// ErrCache says that the cache cannot be used: a sign-in is then for one run alone.
var ErrCache = errors.New("the cache of the AWS tools")

// A Cache is the directory in which the AWS CLI and the SDKs keep their tokens,
// one file for each session: ~/.aws/sso/cache. What they write there is used,
// and they use what is written here.
type Cache struct {
	Dir  string
	Warn func(error) // told what was found wrong and made right; nil: nobody is
}

func (c Cache) warn(err error) {
	if c.Warn != nil {
		c.Warn(err)
	}
}

// Path is the session's file.
func (c Cache) Path(s Session) string { return filepath.Join(c.Dir, s.file()) }

const (
	maxEntry    = 1 << 20                // bytes; theirs have four thousand
	halfWritten = 300 * time.Millisecond // in which another program finishes a file
	blink       = 10 * time.Millisecond  // between two looks at a file
	patience    = time.Minute            // with another run that refreshes
)

// Read returns what the cache holds for a session, valid or not. Its errors wrap
// ErrSignedOut, ErrOtherPortal, ErrDamaged, or ErrCache.
func (c Cache) Read(s Session) (Login, error) {
	e, err := c.read(s)
	return e.login(), err
}

// read reads a file again for a while if it makes no sense: the AWS CLI and the
// SDK for JavaScript empty it before they write.
func (c Cache) read(s Session) (entry, error) {
	e, err := c.readOnce(s)
	for deadline := time.Now().Add(halfWritten); errors.Is(err, ErrDamaged) && time.Now().Before(deadline); {
		<-time.After(blink)
		e, err = c.readOnce(s)
	}
	if err != nil {
		return entry{}, err
	}
	if !e.isFor(s) {
		return entry{}, fmt.Errorf("%w (%s in %s)", ErrOtherPortal, e.StartURL, e.Region)
	}
	return e, nil
}

func (c Cache) readOnce(s Session) (entry, error) {
	root, tightened, err := atomicfile.OpenShared(c.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return entry{}, ErrSignedOut
	}
	if err != nil {
		return entry{}, fmt.Errorf("%w: %w", ErrCache, err)
	}
	defer func() { _ = root.Close() }()
	c.tightened(tightened, c.Dir, "others could write in this directory")
	data, tightened, err := atomicfile.ReadShared(root, s.file(), maxEntry)
	c.tightened(tightened, c.Path(s), "others could open this file")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return entry{}, ErrSignedOut
	case errors.Is(err, atomicfile.ErrTooLarge):
		return entry{}, fmt.Errorf("%w: %s: %w", ErrDamaged, c.Path(s), err)
	case err != nil:
		return entry{}, fmt.Errorf("%w: %s: %w", ErrCache, c.Path(s), err)
	}
	e, err := parseEntry(data)
	if err != nil {
		return entry{}, fmt.Errorf("%w: %s: %w", ErrDamaged, c.Path(s), err)
	}
	return e, nil
}

func (c Cache) tightened(was bool, path, what string) {
	if was {
		c.warn(fmt.Errorf("%s: %s, and cannot any more", path, what))
	}
}

// Keep makes a login the session's, for all tools on this computer. Its errors
// wrap ErrCache.
func (c Cache) Keep(ctx context.Context, s Session, l Login) error {
	unlock, err := c.lock(ctx, s)
	if err != nil {
		return err
	}
	defer unlock()
	e, err := c.read(s)
	if err != nil { // another portal's, or none's, has nothing to keep
		e = entry{}
	}
	e.StartURL, e.Region = s.StartURL, s.Region
	e.take(l)
	return c.write(s, &e)
}

// Forget deletes the session's file. One that is not there is no error.
func (c Cache) Forget(ctx context.Context, s Session) error {
	unlock, err := c.lock(ctx, s)
	if err != nil {
		return err
	}
	defer unlock()
	if err := os.Remove(c.Path(s)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrCache, err)
	}
	return nil
}

// write replaces the session's file. The lock is held.
func (c Cache) write(s Session, e *entry) error {
	root, tightened, err := atomicfile.OpenShared(c.Dir)
	if err == nil {
		c.tightened(tightened, c.Dir, "others could write in this directory")
		err = errors.Join(atomicfile.ReplacePrivate(root, s.file(), e.format()), root.Close())
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCache, err)
	}
	return nil
}

// lock keeps other runs of this program from a session's file. A file that could
// not be written is an error; a file system without locks, or a run that hangs,
// is not: the other tools have no locks at all.
func (c Cache) lock(ctx context.Context, s Session) (unlock func(), err error) {
	if err := atomicfile.Check(c.Path(s)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCache, err)
	}
	patient, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	release, err := atomicfile.Lock(patient, c.Path(s))
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return func() {}, nil
	}
	return func() { _ = release() }, nil
}
