package cli

import (
	"cmp"
	"log/slog"
	"strings"
	"time"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/identitycenter"
)

// service says where Identity Center is and how to get there, with the variables
// and the keys of the profile that the AWS CLI and the SDKs obey. What is made of
// it shares its connections.
func (a *app) service(region string, debug bool) (identitycenter.Options, error) {
	o := identitycenter.Options{
		Region:         region,
		OIDCEndpoint:   a.endpoint("AWS_ENDPOINT_URL_SSO_OIDC"),
		PortalEndpoint: a.endpoint("AWS_ENDPOINT_URL_SSO"),
		FIPS:           strings.EqualFold(a.setting("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"), "true"),
		DualStack:      strings.EqualFold(a.setting("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"), "true"),
		Skewed:         a.sayClock,
	}
	if debug {
		o.Logger = slog.New(slog.NewTextHandler(a.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	if a.transport == nil {
		var err error
		if a.transport, err = identitycenter.NewTransport(a.setting("AWS_CA_BUNDLE", "ca_bundle")); err != nil {
			return o, err
		}
	}
	o.Transport = a.transport
	return o, nil
}

func (a *app) endpoint(variable string) string {
	if strings.EqualFold(a.Getenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), "true") {
		return ""
	}
	return cmp.Or(a.Getenv(variable), a.Getenv("AWS_ENDPOINT_URL"))
}

// setting is a variable, or else a key of the profile that the AWS tools would use.
func (a *app) setting(variable, key string) string {
	return cmp.Or(a.Getenv(variable), a.awsProfile().Value(key))
}

// readAWSProfile reads the profile that AWS_PROFILE names, or the default one. A file
// that cannot be read says so elsewhere.
func (a *app) readAWSProfile() awsconfig.Section {
	var section awsconfig.Section
	if path, err := a.configFile(); err == nil {
		if file, err := awsconfig.Load(path); err == nil {
			section, _ = file.Profile(cmp.Or(a.Getenv("AWS_PROFILE"), a.Getenv("AWS_DEFAULT_PROFILE"), "default"))
		}
	}
	return section
}

// sayClock says that this computer's clock is wrong, once.
func (a *app) sayClock(by time.Duration) {
	a.skewed.Do(func() {
		direction := "behind"
		if by < 0 {
			direction = "ahead of"
		}
		a.Warn("the clock of this computer is %s %s that of AWS: sessions end at another time than is said", inWords(by.Abs().Round(time.Minute)), direction)
		a.Hint("set the clock; programs that sign their requests are refused with such a one")
	})
}
