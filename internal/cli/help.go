package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"aws-sso-config-generator/internal/terminal"
)

// help prints a command's help on standard output. It stands in for cobra's
// templates, which cost start-up time.
func (a *app) help(cmd *cobra.Command, _ []string) {
	var b strings.Builder
	long := cmd.Long
	if long == "" {
		long = cmd.Short
	}
	fmt.Fprintf(&b, "%s\n\nUsage:\n  %s\n", long, cmd.UseLine())
	if cmd.HasAvailableSubCommands() {
		if cmd.Runnable() {
			fmt.Fprintf(&b, "  %s COMMAND\n", cmd.CommandPath())
		}
		b.WriteString("\nCommands:\n")
		for _, command := range cmd.Commands() {
			if command.IsAvailableCommand() || command.Name() == "help" {
				fmt.Fprintf(&b, "  %-12s %s\n", command.Name(), command.Short)
			}
		}
	}
	if cmd.HasExample() {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", cmd.Example)
	}
	if cmd.HasAvailableFlags() {
		fmt.Fprintf(&b, "\nFlags:\n%s", flagUsages(cmd.Flags(), terminal.Columns(a.Stdout)))
	}
	if !cmd.HasParent() {
		fmt.Fprintf(&b, "\nEvery flag has a variable: %s for --start-url, and so on.\n", variable("start-url"))
	}
	_, _ = fmt.Fprint(a.Stdout, b.String())
}

// helpCommand is cobra's, except that it does not greet an unknown command with
// success.
func (a *app) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [command]",
		Short: "Help about any command",
		RunE: func(cmd *cobra.Command, args []string) error {
			command, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return a.noArguments(cmd.Root(), args)
			}
			return command.Help()
		},
	}
}

func flagUsages(flags *pflag.FlagSet, width int) string {
	flags.SortFlags = false
	return flags.FlagUsagesWrapped(width)
}
