package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"aws-sso-config-generator/internal/atomicfile"
	"aws-sso-config-generator/internal/emulator"
	"aws-sso-config-generator/internal/identitycenter"
)

// emulatorOptions are the flags of the emulator command.
type emulatorOptions struct {
	config          emulator.Config
	port            int
	https           string
	accounts, roles int
	seed            uint64
	organization    string
	faults          []string
}

func (o *emulatorOptions) flags(f *pflag.FlagSet) {
	f.IntVar(&o.port, "port", 0, "`PORT` of 127.0.0.1 to listen on; 0 takes a free one")
	f.StringVar(&o.https, "https", "", "be AWS's own host names, as a proxy for https, and write the certificate to trust to `FILE`")
	f.IntVar(&o.accounts, "accounts", 40, "`NUMBER` of accounts")
	f.IntVar(&o.roles, "roles", 3, "`NUMBER` of roles in each")
	f.Uint64Var(&o.seed, "seed", 1, "`NUMBER` that decides names, ids and random delays")
	f.StringVar(&o.organization, "organization", "", "`FILE` with accounts and roles in JSON, in place of invented ones")
	f.StringVar(&o.config.StartURL, "start-url", emulator.DefaultStartURL, "`URL` of the access portal it plays")
	f.StringVar(&o.config.Region, "sso-region", emulator.DefaultRegion, "`REGION` in which that portal is")
	f.BoolVar(&o.config.AutoApprove, "auto-approve", false, "answer the consent page with Allow")
	f.DurationVar(&o.config.Latency, "latency", 0, "`DURATION` of every request")
	f.DurationVar(&o.config.Jitter, "jitter", 0, "`DURATION` that a request may take on top, at random")
	f.Float64Var(&o.config.Rate, "rate", 0, "portal requests per second (`NUMBER`), 0 is no limit")
	f.IntVar(&o.config.Burst, "burst", 0, "portal requests at once (`NUMBER`), on top of the rate")
	f.DurationVar(&o.config.RetryAfter, "retry-after", 0, "`DURATION` to send as Retry-After with a throttled answer, in whole seconds")
	f.DurationVar(&o.config.Penalty, "penalty", 0, "`DURATION` without any portal request accepted after the quota was exceeded")
	f.BoolVar(&o.config.RefusedCosts, "refused-costs", false, "count throttled requests against the quota, too")
	f.DurationVar(&o.config.RefusalLatency, "refusal-latency", 0, "`DURATION` of a throttled request, 0 is as any other")
	f.DurationVar(&o.config.Approach, "approach", 0, "`DURATION` that may pass, at random, before the quota sees a request")
	f.IntVar(&o.config.PageSize, "page-size", 0, "longest page (`NUMBER`) of a list, 0 is as asked")
	f.BoolVar(&o.config.EmptyPages, "empty-pages", false, "begin every list with an empty page")
	f.DurationVar(&o.config.TokenLifetime, "token-lifetime", 0, "`DURATION` that an access token lives (default 1h)")
	f.DurationVar(&o.config.SessionLifetime, "session-lifetime", 0, "`DURATION` that a person stays signed in (default 8h)")
	f.DurationVar(&o.config.RegistrationLifetime, "registration-lifetime", 0, "`DURATION` that a registered client is known (default 2160h)")
	f.StringVar((*string)(&o.config.RefreshRotation), "refresh-rotation", string(emulator.Rotate), "what using a refresh token does to it (`WAY`): rotate, keep or strict")
	f.DurationVar(&o.config.Skew, "skew", 0, "`DURATION` that its clock is ahead, or, negative, behind")
	f.IntVar(&o.config.RevokeAfter, "revoke-after", 0, "`NUMBER` of good portal answers after which their access token is revoked, 0 is never")
	f.DurationVar(&o.config.CodeLifetime, "code-lifetime", 0, "`DURATION` that an authorization code lives (default 10m)")
	f.DurationVar(&o.config.DeviceLifetime, "device-lifetime", 0, "`DURATION` that a device code lives (default 10m)")
	f.DurationVar(&o.config.Interval, "interval", 0, "`DURATION` that a client waits between two polls (default 5s)")
	f.BoolVar(&o.config.EnforceInterval, "enforce-interval", false, "answer slow_down to who polls faster")
	f.StringArrayVar(&o.faults, "fault", nil, "make an operation fail (`FAULT` is OPERATION=ANSWER[,account=ID][,after=N][,times=N]); repeatable")
}

// configuration turns the flags into the emulator's configuration.
func (o *emulatorOptions) configuration() (emulator.Config, error) {
	config := o.config
	config.Region = cmp.Or(config.Region, emulator.DefaultRegion)
	config.RefreshRotation = cmp.Or(config.RefreshRotation, emulator.Rotate)
	switch {
	case o.port < 0 || o.port > 65535:
		return config, usagef("--port %d: ports go from 0 to 65535", o.port)
	case o.accounts < 0 || o.roles < 0 || o.accounts > 100_000 || o.roles > 1_000:
		return config, usagef("--accounts %d --roles %d: from 0 to 100000 accounts and 0 to 1000 roles", o.accounts, o.roles)
	case config.Rate < 0 || min(config.Burst, config.PageSize, config.RevokeAfter) < 0:
		return config, usagef("--rate, --burst, --page-size and --revoke-after must not be negative")
	case min(config.Latency, config.Jitter, config.RefusalLatency, config.Approach, config.RetryAfter, config.Penalty,
		config.SessionLifetime, config.RegistrationLifetime, config.TokenLifetime, config.CodeLifetime, config.DeviceLifetime, config.Interval) < 0:
		return config, usagef("a duration must not be negative")
	case !slices.Contains([]emulator.Rotation{emulator.Rotate, emulator.Keep, emulator.Strict}, config.RefreshRotation):
		return config, usagef("--refresh-rotation %q: it is rotate, keep or strict", config.RefreshRotation)
	}
	if err := identitycenter.CheckStartURL(config.StartURL); err != nil {
		return config, usage(err)
	}
	if err := identitycenter.CheckRegion(config.Region); err != nil {
		return config, usagef("SSO %w", err)
	}
	for _, text := range o.faults {
		fault, err := emulator.ParseFault(text)
		if err != nil {
			return config, usagef("--fault: %w", err)
		}
		config.Faults = append(config.Faults, fault)
	}
	config.Seed = o.seed
	if o.organization == "" {
		config.Organization = emulator.Organize(o.seed, o.accounts, o.roles)
		return config, nil
	}
	file, err := os.Open(o.organization)
	if err != nil {
		return config, usagef("--organization: %w", err)
	}
	defer func() { _ = file.Close() }()
	decoder := json.NewDecoder(file)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&config.Organization); err != nil {
		return config, usagef("%w: %s: %w", errOrganization, o.organization, err)
	}
	return config, nil
}

// errOrganization says that a file does not describe accounts and roles.
var errOrganization = errors.New("--organization")

const emulatorExample = `  # 300 accounts, throttled like the real service
  aws-sso-config-generator emulator --accounts 300 --roles 3 --latency 40ms --rate 20 --burst 20

  # In another terminal, after pasting the variables that it prints
  aws-sso-config-generator --out try.config

  # For programs that know no endpoint variables
  aws-sso-config-generator emulator --https emulator.pem

  # Two kinds of trouble
  aws-sso-config-generator emulator --fault CreateToken=InternalServerException,times=1 --fault ListAccountRoles=reset,after=10,times=5`

func (a *app) emulatorCommand() *cobra.Command {
	var o emulatorOptions
	cmd := &cobra.Command{
		Use:   "emulator [flags]",
		Short: "Play IAM Identity Center on a port of this machine",
		Long: `Play IAM Identity Center on a port of 127.0.0.1 until Ctrl-C, for trying things
out and for your own tests. It prints the variables that lead this program, the
AWS CLI and the AWS SDKs there.

With --https, it is a proxy that plays AWS's own host names, for programs that
know a proxy and a certificate, but no other address of AWS. It forwards nothing.`,
		Example: emulatorExample,
		Args:    a.noArguments,
		RunE:    job(func(ctx context.Context) error { return a.emulate(ctx, &o) }),
	}
	o.flags(cmd.Flags())
	return cmd
}

// emulate serves the emulator until ctx ends, which is the way to end it.
func (a *app) emulate(ctx context.Context, o *emulatorOptions) error {
	config, err := o.configuration()
	if err != nil {
		return err
	}
	e := emulator.New(config)
	var handler http.Handler = e
	var proxy *emulator.Proxy
	if o.https != "" {
		if proxy, err = emulator.NewProxy(e); err != nil {
			return err
		}
		defer func() { _ = proxy.Close() }()
		handler = proxy
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	address, wait, err := serve(ctx, o.port, handler)
	if err != nil {
		return err
	}
	ways := [][2]string{{"AWS_ENDPOINT_URL_SSO", address}, {"AWS_ENDPOINT_URL_SSO_OIDC", address}}
	if proxy != nil {
		ways = [][2]string{{"HTTPS_PROXY", address}, {"AWS_CA_BUNDLE", shellWord(absolute(o.https))}}
		err = writeAuthority(o.https, proxy.Authority())
	}
	if err == nil {
		err = a.export(append(ways, [2]string{variable("start-url"), config.StartURL}, [2]string{variable("sso-region"), config.Region}))
	}
	if err != nil {
		cancel()
		return errors.Join(err, wait())
	}
	a.Say("Emulating %s until Ctrl-C. Paste the lines above into another terminal;", count(len(config.Organization.Accounts), "account"))
	a.Say("there, '%s --out FILE' leaves your own config as it is.", program)
	return wait()
}

// export prints variables for a shell.
func (a *app) export(variables [][2]string) error {
	for _, line := range variables {
		if _, err := fmt.Fprintf(a.Stdout, "export %s=%s\n", line[0], line[1]); err != nil {
			return err
		}
	}
	return nil
}

// writeAuthority writes the certificate of the emulator's CA, in place of an
// earlier one and of nothing else: the file could be all that a person trusts.
func writeAuthority(path string, authority []byte) error {
	data, version, err := atomicfile.Read(path)
	switch {
	case err != nil:
	case len(data) > 0 && !emulator.IsAuthority(data):
		return usagef("--https %s: there is a file that is no certificate of an emulator", path)
	default:
		err = atomicfile.ReplaceVersion(path, authority, version)
	}
	if err != nil {
		return usagef("--https: %w", err)
	}
	return nil
}

// errServe says that the emulator could not be served.
var errServe = errors.New("serve the emulator")

// serve serves an emulator, or its proxy, on a port of 127.0.0.1 until ctx ends. It returns its
// address and what waits for its end.
func serve(ctx context.Context, port int, handler http.Handler) (string, func() error, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return "", nil, fmt.Errorf("%w: %w", errServe, err)
	}
	server := &http.Server{
		Handler:           onlyLoopback(handler),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	wait := func() error {
		select {
		case err := <-served:
			return fmt.Errorf("%w: %w", errServe, err)
		case <-ctx.Done():
			_ = server.Close()
			if err := <-served; !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("%w: %w", errServe, err)
			}
			return nil
		}
	}
	return "http://" + listener.Addr().String(), wait, nil
}

// onlyLoopback answers requests for this machine's own names, so that no web page
// gets at the emulator by rebinding its name to 127.0.0.1. CONNECT names another
// host by its nature, and no page can send it.
func onlyLoopback(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if r.Method != http.MethodConnect && (err != nil || host != "127.0.0.1" && host != "localhost") {
			http.Error(w, "this is the emulator at 127.0.0.1", http.StatusMisdirectedRequest)
			return
		}
		handler.ServeHTTP(w, r)
	})
}
