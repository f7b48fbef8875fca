package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"aws-sso-config-generator/internal/settings"
)

// variable is the name of the environment variable that stands in for a flag.
func variable(flag string) string {
	return "AWS_SSO_CONFIG_GENERATOR_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// flagsFromEnvironment sets every flag that was not given from its variable.
func (a *app) flagsFromEnvironment(cmd *cobra.Command) error {
	var wrong error
	a.flags, a.variables = cmd.Flags(), make(map[string]bool)
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		value := a.Getenv(variable(flag.Name))
		if flag.Changed || value == "" || flag.Name == "help" || flag.Name == "version" {
			return
		}
		if err := cmd.Flags().Set(flag.Name, value); err != nil {
			wrong = errors.Join(wrong, usagef("%s: %w", variable(flag.Name), err))
		}
		a.variables[flag.Name] = true
	})
	return wrong
}

// given says that a flag was set, on the command line or by its variable.
func (a *app) given(flag string) bool { return a.flags.Changed(flag) }

// complete says what shells offer as the values of flags; nil is nothing, and a
// flag that is not named here takes a file.
func complete(cmd *cobra.Command, values map[string][]string) {
	for flag, choices := range values {
		if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(choices, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic(err) // a flag that does not exist: every test would see it
		}
	}
}

// flagError makes a mistake in the flags a usage error and finds the flag that
// was meant.
func (a *app) flagError(cmd *cobra.Command, err error) error {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return usage(err)
	}
	var names []string
	cmd.Flags().VisitAll(func(flag *pflag.Flag) { names = append(names, flag.Name) })
	meant := settings.Nearest(unknown.GetSpecifiedName(), names)
	if meant != "" {
		meant = "--" + meant
	}
	return usage(&unknownError{err, meant, cmd.CommandPath()})
}

// noArguments refuses arguments and finds the command that was meant.
func (a *app) noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, command := range cmd.Commands() {
		names = append(names, command.Name())
	}
	what := fmt.Errorf("%s takes no argument %q", cmd.CommandPath(), args[0])
	if len(names) > 0 {
		what = fmt.Errorf("unknown command %q", args[0])
	}
	return usage(&unknownError{what, settings.Nearest(args[0], names), cmd.CommandPath()})
}

// unknownError is a word on the command line that means nothing to us.
type unknownError struct {
	error
	meant   string // what was probably meant, or ""
	command string // whose --help tells more
}

func (e *unknownError) Unwrap() error { return e.error }
