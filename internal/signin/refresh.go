package signin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"aws-sso-config-generator/internal/identitycenter"
)

const (
	early    = 5 * time.Minute // before its end a token is refreshed, as the SDKs do
	handover = time.Second     // in which another tool writes what it has got
	hurry    = 5 * time.Second // for a refresh that can wait
)

// Login returns what the session can be used with now, without a person: the
// token in the cache, refreshed if it is about to expire or if it is the one that
// the service has rejected ("" if none was). The service is asked for nothing but
// a refresh. Runs that come at once refresh once.
//
// An error says why a person has to sign in ([Ended]), or wraps ErrCache, the
// context's cause, or the *identitycenter.Error of a refresh that got no answer. A
// login that comes with ErrCache can be used, but by this run alone.
func (c Cache) Login(ctx context.Context, client *identitycenter.Client, s Session, rejected identitycenter.Secret) (Login, error) {
	l, err := c.Read(s)
	if err != nil || l.fresh(rejected) {
		return l, err
	}
	if err = l.refreshable(s, rejected); err == nil {
		err = c.Check(s)
	}
	if err != nil {
		return l.orElse(rejected, err)
	}
	unlock, err := c.lock(ctx, s)
	if err != nil {
		return Login{}, err
	}
	defer unlock()
	for tries := 1; ; tries++ {
		l, err := c.Read(s) // another tool may have been faster
		if err != nil || l.fresh(rejected) {
			return l, err
		}
		if err = l.refreshable(s, rejected); err != nil {
			return l.orElse(rejected, err)
		}
		refreshed, err := c.refresh(ctx, client, s, l, rejected)
		switch {
		case err == nil, errors.Is(err, ErrCache):
			return refreshed, err
		case ctx.Err() != nil:
			return Login{}, context.Cause(ctx)
		case errors.Is(err, ErrRefreshRefused) && tries < 3 && c.overtaken(ctx, s, l):
		default:
			return l.orElse(rejected, err)
		}
	}
}

// refresh uses the login's refresh token, and keeps what it gets. While the old token
// is good, a service that hangs is not waited for.
func (c Cache) refresh(ctx context.Context, client *identitycenter.Client, s Session, l Login, rejected identitycenter.Secret) (Login, error) {
	if _, err := l.orElse(rejected, ErrExpired); err == nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, hurry)
		defer cancel()
	}
	token, err := client.CreateToken(ctx, l.Registration, identitycenter.Grant{RefreshToken: l.Token.RefreshToken})
	switch {
	case refused(err):
		return Login{}, fmt.Errorf("%w: %w", ErrRefreshRefused, err)
	case err != nil:
		return Login{}, fmt.Errorf("refresh the session: %w", err)
	}
	token.RefreshToken = cmp.Or(token.RefreshToken, l.Token.RefreshToken) // RFC 6749 §6: none is no new one
	l.Token = token
	return l, c.replace(s, l)
}

// refused says that the service said no to a refresh, for good (RFC 6749 §5.2). What
// it said is no news for people: they sign in again.
func refused(err error) bool {
	e, ok := errors.AsType[*identitycenter.Error](err)
	return ok && (e.Status == http.StatusBadRequest || e.Status == http.StatusUnauthorized) && e.Code != "" &&
		!errors.Is(err, identitycenter.ErrSlowDown)
}

// overtaken says that another tool used the login's refresh token before us, and has
// a new one. It gets the service's answer just before we get our refusal, and
// writes after that.
func (c Cache) overtaken(ctx context.Context, s Session, l Login) bool {
	for deadline := time.Now().Add(handover); ; {
		now, err := c.Read(s)
		switch {
		case err == nil && now.Token.RefreshToken != l.Token.RefreshToken:
			return true
		case err != nil, !time.Now().Before(deadline):
			return false
		}
		select {
		case <-ctx.Done():
			return true // the next try says so
		case <-time.After(blink):
		}
	}
}

// replace writes a refreshed login, and whatever else is in the file by now.
func (c Cache) replace(s Session, l Login) error {
	e, err := c.read(s)
	if err != nil {
		e = entry{StartURL: s.StartURL, Region: s.Region}
	}
	e.take(l)
	return c.write(s, &e)
}

// fresh says that there is no need for another token.
func (l Login) fresh(rejected identitycenter.Secret) bool {
	return l.Token.AccessToken != rejected && time.Until(l.Token.ExpiresAt) > early
}

// orElse returns the login if it can be used all the same, and err if not.
func (l Login) orElse(rejected identitycenter.Secret, err error) (Login, error) {
	if l.Token.AccessToken != rejected && time.Now().Before(l.Token.ExpiresAt) {
		return l, nil
	}
	return Login{}, err
}

// Usable returns why a person has to sign in before the session can be used again,
// nil if they need not, as far as it can be known without asking the service.
func (l Login) Usable(s Session) error {
	_, err := l.orElse("", l.refreshable(s, ""))
	return err
}

// Refreshes returns why the login cannot be refreshed without a person, nil if it
// can, as far as it can be known without asking the service.
func (l Login) Refreshes(s Session) error { return l.refreshable(s, "") }

// refreshable returns why a login cannot be refreshed.
func (l Login) refreshable(s Session, rejected identitycenter.Secret) error {
	r := l.Registration
	refreshes := l.Token.RefreshToken != "" && r.ClientID != "" && r.ClientSecret != "" && s.Name != "" // as for all tools
	switch {
	case refreshes && !r.ExpiresAt.IsZero() && time.Now().After(r.ExpiresAt):
		return ErrRegistrationExpired
	case refreshes:
		return nil
	case l.Token.AccessToken == rejected:
		return ErrRejected
	case s.Name == "":
		return ErrExpiredLegacy
	}
	return ErrExpired
}
