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

var (
	SessionNameOf = sessionNameOf
	SplitGlobs    = splitGlobs
	Telling       = telling
	Clip          = clip
	Wrap          = wrap
)

// Templates are those of the styles that init offers.
func Templates() (templates []string) {
	for _, style := range styles {
		templates = append(templates, style.template)
	}
	return templates
}

// Keys cuts what was typed into keys, as the names of those that have one.
func Keys(typed string) (keys []string, rest string) {
	for typed != "" {
		key, size := cutKey([]byte(typed))
		if size == 0 {
			break
		}
		if name, ok := keyNames[key]; ok {
			key = name
		}
		keys = append(keys, key)
		typed = typed[size:]
	}
	return keys, typed
}
