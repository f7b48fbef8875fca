package cli

import (
	"context"
	"io"

	"github.com/spf13/pflag"

	"aws-sso-config-generator/internal/emulator"
)

// EmulatorConfig is what the flags of the emulator command mean: scripts start
// their emulator inside the test, so that they can count and look for secrets.
func EmulatorConfig(args []string) (emulator.Config, error) {
	var o emulatorOptions
	f := pflag.NewFlagSet("emulator", pflag.ContinueOnError)
	o.flags(f)
	if err := f.Parse(args); err != nil {
		return emulator.Config{}, err
	}
	return o.configuration()
}

var ProgressText = progressText

var SSHTunnel = sshTunnel

// Browser is the choice of a browser on any system.
func Browser(system string, getenv func(string) string, lookPath func(string) (string, error), exists func(string) bool, address string) []string {
	return desktop{system, getenv, lookPath, exists}.browser(address)
}

// Lines is the reader of lines that a person types.
func Lines(in io.Reader) func(context.Context) (string, error) {
	l := &lines{keyboard: newKeyboard(in)}
	return l.next
}
