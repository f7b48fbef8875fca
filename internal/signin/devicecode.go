package signin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"aws-sso-config-generator/internal/identitycenter"
)

const (
	defaultInterval = 5 * time.Second // RFC 8628 §3.2, when the service names none
	slowDown        = 5 * time.Second // RFC 8628 §3.5: added at every slow_down, for good
)

// DeviceCode signs in with the device authorization grant: the person opens a
// URL on any device and compares a code.
//
// It returns an error that wraps ErrTimeout or ErrRefused, the context's cause,
// or the service's *identitycenter.Error.
func DeviceCode(ctx context.Context, c Config) (Login, error) {
	ctx, cancel := c.begin(ctx)
	defer cancel()

	metadata := identitycenter.ClientMetadata{
		ClientName: identitycenter.ClientName,
		Scopes:     []string{identitycenter.ScopeAccountAccess},
	}
	if !c.KeepSignedIn { // with scopes and no grant type, the service gives a refresh token: the AWS CLI registers like this
		metadata.GrantTypes = []string{identitycenter.GrantDeviceCode}
	}
	registration, err := c.Client.Register(ctx, metadata)
	if err != nil {
		return Login{}, err
	}
	device, err := c.Client.StartDeviceAuthorization(ctx, registration, c.StartURL)
	if err != nil {
		return Login{}, err
	}
	prompt := Prompt{URL: device.VerificationURIComplete, UserCode: device.UserCode, VerificationURI: device.VerificationURI}
	if prompt.URL == "" {
		prompt.URL = device.VerificationURI
	}
	c.Show(prompt)
	return poll(ctx, c.Client, registration, device)
}

// poll asks for the token at the service's interval until the person has
// decided or the codes have expired (RFC 8628 §3.4 and §3.5). A network that is
// away for a while, as when a laptop changes it, does not end the wait.
func poll(ctx context.Context, client *identitycenter.Client, r identitycenter.Registration, device identitycenter.DeviceAuthorization) (Login, error) {
	if device.ExpiresIn > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, device.ExpiresIn, fmt.Errorf("%w: the code expired after %v", ErrTimeout, device.ExpiresIn))
		defer cancel()
	}
	interval := device.Interval
	if interval <= 0 {
		interval = defaultInterval
	}
	var away error // the last poll that got no answer
	for {
		select {
		case <-ctx.Done():
		case <-time.After(interval):
		}
		token, err := client.CreateToken(ctx, r, identitycenter.Grant{DeviceCode: device.DeviceCode})
		if err != nil && ctx.Err() != nil && away != nil {
			return Login{}, fmt.Errorf("%w: %w", context.Cause(ctx), away)
		}
		if e, ok := errors.AsType[*identitycenter.Error](err); ok && e.Status == 0 {
			away = err
			continue
		}
		away = nil
		switch {
		case errors.Is(err, identitycenter.ErrAuthorizationPending):
		case errors.Is(err, identitycenter.ErrSlowDown), errors.Is(err, identitycenter.ErrThrottled):
			interval += slowDown
		case errors.Is(err, identitycenter.ErrAccessDenied):
			return Login{}, fmt.Errorf("%w: %w", ErrRefused, err)
		case errors.Is(err, identitycenter.ErrExpiredToken):
			return Login{}, fmt.Errorf("%w: %w", ErrTimeout, err)
		default:
			return Login{token, r}, err
		}
	}
}
