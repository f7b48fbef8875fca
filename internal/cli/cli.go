// Package cli is the command line: the one room that reads flags and
// environment, prompts, prints and decides the exit code.
//
// It hides cobra, browsers, and what is said to a person when. Its invariant: standard
// output holds nothing but data; everything else goes to the terminal.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/settings"
	"aws-sso-config-generator/internal/signin"
	"aws-sso-config-generator/internal/terminal"
)

// An exitCode is what a run tells its caller.
type exitCode int

const (
	exitDone        exitCode = 0
	exitFailed      exitCode = 1
	exitUsage       exitCode = 2   // the command line, a variable or a setting is wrong
	exitSignIn      exitCode = 3   // refused, or not finished in time
	exitPartial     exitCode = 4   // done, but for some accounts that could not be read
	exitOutdated    exitCode = 5   // --check found something to change
	exitInterrupted exitCode = 130 // Ctrl-C: 128 + SIGINT, as shells count
)

// Environment is what a run sees of the world around it.
type Environment struct {
	Stdin  io.Reader
	Stdout io.Writer // data
	Stderr io.Writer // everything else
	Getenv func(string) string
}

// Main runs the program for the process it is in and returns its exit code.
func Main() int {
	log.SetOutput(io.Discard) // net/http writes there what a broken peer sent, tokens included
	return Run(context.Background(), os.Args[1:], Environment{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv})
}

// Run runs one command line and returns its exit code. When ctx ends, it ends
// as if interrupted.
func Run(ctx context.Context, args []string, e Environment) int {
	a := newApp(e)
	root := a.rootCommand()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	code := codeOf(err)
	switch code {
	case exitDone:
	case exitInterrupted:
		if a.Draws() {
			a.Say("") // the terminal shows ^C in this line
		}
		a.Say("Interrupted.")
		a.sayWhatIsKept(err)
	default:
		a.report(err)
	}
	return int(code)
}

// codeOf is the one place where an error becomes an exit code.
func codeOf(err error) exitCode {
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	case errors.Is(err, errUsage):
		return exitUsage
	case errors.Is(err, signin.ErrRefused), errors.Is(err, signin.ErrTimeout):
		return exitSignIn
	case errors.Is(err, errReport):
		return exitFailed
	case as[*sessionsError](err):
		failed, _ := errors.AsType[*sessionsError](err)
		return failed.code()
	case errors.Is(err, errPartial):
		return exitPartial
	case errors.Is(err, errOutdated):
		return exitOutdated
	}
	return exitFailed
}

// errInterrupted marks whatever a job fails with after Ctrl-C.
var errInterrupted = errors.New("interrupted")

// job is what a command does when it does more than print: it ends with Ctrl-C.
// (Listening for signals starts threads, so help and version go without.)
func job(run func(context.Context) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
		err := run(ctx)
		if err != nil && ctx.Err() != nil {
			return fmt.Errorf("%w: %w", errInterrupted, err)
		}
		return err
	}
}

// errUsage marks errors that are about what was typed or set.
var errUsage = errors.New("usage")

// usage makes err a usage error. Its text stays as it is.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return &usageError{err}
}

func usagef(format string, args ...any) error { return usage(fmt.Errorf(format, args...)) }

type usageError struct{ err error }

func (e *usageError) Error() string        { return e.err.Error() }
func (e *usageError) Unwrap() error        { return e.err }
func (e *usageError) Is(target error) bool { return target == errUsage }

// app is one run of the program.
type app struct {
	Environment
	*terminal.Terminal
	quiet      bool
	interviews bool // the answers may come from a pipe, too

	flags     *pflag.FlagSet  // of the command
	variables map[string]bool // flags that were set by their variable
	settings  settings.Settings

	awsProfile func() awsconfig.Section // that the AWS tools would use
	transport  http.RoundTripper        // once it is needed
	skewed     sync.Once                // the clock was said to be wrong

	isDemo  bool
	approve func(address string) // the demo's: signs in in place of the person
}

func newApp(e Environment) *app {
	a := &app{Environment: e, Terminal: terminal.New(e.Stdin, e.Stderr, e.Getenv, hintFor)}
	a.awsProfile = sync.OnceValue(a.readAWSProfile)
	return a
}

// rootCommand puts the commands together. The root itself is the main job.
func (a *app) rootCommand() *cobra.Command {
	root := a.generateCommand()
	root.Use = program + " [flags]"
	root.Version = version()
	root.SilenceErrors, root.SilenceUsage = true, true
	root.Args = a.noArguments
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return a.flagsFromEnvironment(cmd) }
	root.SetIn(a.Stdin)
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	root.SetHelpFunc(a.help)
	root.SetFlagErrorFunc(a.flagError)
	root.AddCommand(a.initCommand(), a.loginCommand(), a.logoutCommand(), a.statusCommand(), a.settingsCommand(), a.undoCommand(), a.demoCommand(), a.emulatorCommand(), a.versionCommand())
	root.SetHelpCommand(a.helpCommand())
	root.InitDefaultCompletionCmd()
	for _, command := range root.Commands() {
		if command.Name() == "completion" {
			command.Short = "Print the script that completes commands and flags in a shell"
			command.Args = a.noArguments
			command.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
	return root
}

const program = "aws-sso-config-generator"
