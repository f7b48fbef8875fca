package signin

import (
	"cmp"
	"context"
	"crypto/sha1" //nolint:gosec // it names files, as the AWS CLI and the SDKs name them
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"iter"
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

// An endedError is why a session needs a person to sign in.
type endedError string

func (e endedError) Error() string { return string(e) }

// Why a session needs a person to sign in. [Ended] knows them all.
const (
	ErrSignedOut           = endedError("nobody is signed in")
	ErrExpired             = endedError("the session has expired, and was not one to be kept")
	ErrExpiredLegacy       = endedError("the session has expired, and one of the legacy layout is not refreshed")
	ErrRegistrationExpired = endedError("the session has expired, and so has the registration to refresh it with")
	ErrRefreshRefused      = endedError("the session is over: the service does not refresh it any more")
	ErrRejected            = endedError("the session was ended before its time, by a logout or an administrator")
	ErrOtherPortal         = endedError("the session of this name that is signed in is for another access portal")
	ErrDamaged             = endedError("the file of the session is damaged")
)

// Ended says that err is why a person has to sign in. Other errors mean that
// nobody knows.
func Ended(err error) bool {
	_, ended := errors.AsType[endedError](err)
	return ended
}

// ErrCache says that the cache cannot be used: a sign-in is then for one run alone.
var ErrCache = errors.New("the cache of the AWS tools")

// A Cache is where the AWS CLI and the SDKs keep what they sign in with. What they
// write there is used, and they use what is written here.
type Cache struct {
	Dir   string      // of tokens, a file for each session: ~/.aws/sso/cache
	Roles string      // of the credentials that the AWS CLI has for roles: ~/.aws/cli/cache
	Warn  func(error) // told what was found wrong and made right; nil: nobody is
}

// NewCache is the cache of a person with this home directory.
func NewCache(home string, warn func(error)) Cache {
	aws := filepath.Join(home, ".aws")
	return Cache{Dir: filepath.Join(aws, "sso", "cache"), Roles: filepath.Join(aws, "cli", "cache"), Warn: warn}
}

func (c Cache) warn(err error) {
	if c.Warn != nil {
		c.Warn(err)
	}
}

// Path is the session's file.
func (c Cache) Path(s Session) string { return filepath.Join(c.Dir, s.file()) }

const (
	roomFor     = 16 << 10              // bytes of a disk for a file of ours, with room to spare
	maxEntry    = 1 << 20               // bytes; theirs have four thousand
	halfWritten = time.Second           // in which another program finishes a file
	blink       = 10 * time.Millisecond // between two looks at a file
	patience    = time.Minute           // with another run that refreshes
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
	if e.StartURL == "" {
		return entry{}, fmt.Errorf("%w: %s: it does not say for which access portal it is", ErrDamaged, c.Path(s))
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

// Keep makes a login the session's, for all tools on this computer. seen is the
// access token that was in the cache when the sign-in began: if another tool has left
// a session there since that can be refreshed, and this one cannot, that one stays.
// Its errors wrap ErrCache.
func (c Cache) Keep(ctx context.Context, s Session, l Login, seen identitycenter.Secret) error {
	if err := c.Check(s); err != nil {
		return err
	}
	unlock, err := c.lock(ctx, s)
	if err != nil {
		return err
	}
	defer unlock()
	e, err := c.read(s)
	if err != nil { // another portal's, or none's, has nothing to keep
		e = entry{}
	}
	if theirs := e.login(); l.Token.RefreshToken == "" && theirs.Refreshes(s) == nil && theirs.fresh(seen) {
		return nil
	}
	e.StartURL, e.Region = s.StartURL, s.Region
	e.take(l)
	return c.write(s, &e)
}

// Check reports what would keep a login from being kept. Its errors wrap ErrCache.
func (c Cache) Check(s Session) error {
	_, err := c.readOnce(s)
	if !errors.Is(err, ErrCache) {
		err = atomicfile.CheckRoom(c.Path(s), roomFor)
	}
	switch {
	case errors.Is(err, ErrCache):
		return err
	case err != nil:
		return fmt.Errorf("%w: %w", ErrCache, err)
	}
	return nil
}

// Forget deletes the session's file, and the credentials that the AWS CLI keeps for
// its roles: pairs of account id and name. It returns how many of those there were;
// what is not there is no error. Its errors wrap ErrCache.
func (c Cache) Forget(ctx context.Context, s Session, roles iter.Seq2[string, string]) (deleted int, err error) {
	if _, err = os.Lstat(c.Path(s)); err == nil {
		var unlock func()
		if unlock, err = c.lock(ctx, s); err != nil {
			return 0, err
		}
		defer unlock()
		err = os.Remove(c.Path(s))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("%w: %w", ErrCache, err)
	}
	return c.forgetRoles(s, roles)
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

// lock keeps other runs of this program from a session's file. A file system without
// locks, or a run that hangs, is no error: the other tools have no locks at all.
func (c Cache) lock(ctx context.Context, s Session) (unlock func(), err error) {
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
