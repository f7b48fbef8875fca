package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"aws-sso-config-generator/internal/emulator"
)

// demoOptions are the flags of the demo.
type demoOptions struct {
	accounts, roles         int
	autoApprove, deviceCode bool
}

func (a *app) demoCommand() *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo [flags]",
		Short: "See the main job at work, without an AWS account",
		Long: `Run the main job against an emulator inside of this program. Your browser shows
the emulator's consent page; the config file goes to standard output. Nothing in
your own ~/.aws is read or written.`,
		Example: `  aws-sso-config-generator demo
  aws-sso-config-generator demo --auto-approve --accounts 500`,
		Args: a.noArguments,
		RunE: job(func(ctx context.Context) error { return a.demo(ctx, o) }),
	}
	f := cmd.Flags()
	f.BoolVar(&o.autoApprove, "auto-approve", false, "answer the consent page with Allow (what happens anyway without a display)")
	f.BoolVar(&o.deviceCode, "device-code", false, "sign in by comparing a code")
	f.IntVar(&o.accounts, "accounts", 40, "`NUMBER` of accounts")
	f.IntVar(&o.roles, "roles", 3, "`NUMBER` of roles in each")
	return cmd
}

// demo runs the main job in a temporary home directory, against an emulator.
func (a *app) demo(ctx context.Context, o demoOptions) error {
	settings := emulatorOptions{accounts: o.accounts, roles: o.roles, seed: 1}
	settings.config.StartURL = emulator.DefaultStartURL
	config, err := settings.configuration()
	if err != nil {
		return err
	}
	config.AutoApprove = o.autoApprove || !a.hasBrowser()
	config.Latency = 40 * time.Millisecond
	ctx, cancel := context.WithCancel(ctx)
	address, wait, err := serve(ctx, 0, emulator.New(config))
	if err != nil {
		cancel()
		return err
	}
	defer func() { cancel(); _ = wait() }()
	home, err := os.MkdirTemp("", program+"-demo-")
	if err != nil {
		return fmt.Errorf("make a home directory for the demo: %w", err)
	}
	defer func() { _ = os.RemoveAll(home) }()

	a.Say("This is a demo: an emulator plays AWS, and your own ~/.aws is not touched.")
	job := newApp(a.Environment)
	job.isDemo = true
	job.Getenv = demoEnvironment(a.Getenv, home, address)
	var visits sync.WaitGroup
	defer visits.Wait()
	if config.AutoApprove {
		job.approve = func(address string) { visits.Go(func() { visit(ctx, address) }) }
	}
	command := job.rootCommand()
	command.SetArgs([]string{
		"--start-url", emulator.DefaultStartURL, "--sso-region", emulator.DefaultRegion,
		fmt.Sprintf("--device-code=%t", o.deviceCode),
	})
	if err := command.ExecuteContext(ctx); err != nil {
		return err
	}
	return a.showDemo(home)
}

// showDemo prints the file that the demo wrote, and where to go from there.
func (a *app) showDemo(home string) error {
	file, err := os.ReadFile(filepath.Join(home, ".aws", "config"))
	if err != nil {
		return fmt.Errorf("read what the demo wrote: %w", err)
	}
	if _, err := a.Stdout.Write(file); err != nil {
		return err
	}
	a.Say("")
	a.Say("That was the file. For your own, with the start URL of your access portal:")
	a.Say("")
	a.Say("  %s --start-url https://d-1234567890.awsapps.com/start", program)
	return nil
}

// demoEnvironment is the person's environment without what could lead the demo
// into their own files or to the real service.
func demoEnvironment(getenv func(string) string, home, address string) func(string) string {
	return func(name string) string {
		switch {
		case name == "HOME":
			return home
		case name == "AWS_ENDPOINT_URL":
			return address
		case strings.HasPrefix(name, "AWS_"), name == cachePlace.variable, name == statePlace.variable, name == settingsPlace.variable,
			name == statePlace.windows, name == settingsPlace.windows:
			return ""
		}
		return getenv(name)
	}
}

// visit does what a browser does with an address: it follows it to its end.
func visit(ctx context.Context, address string) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return // the sign-in ends by its own timeout, and says so
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
}
