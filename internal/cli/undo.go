package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"aws-sso-config-generator/internal/atomicfile"
	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/terminal"
)

// undoOptions are the flags of undo.
type undoOptions struct {
	out       string
	to        int
	list, yes bool
}

func (a *app) undoCommand() *cobra.Command {
	var o undoOptions
	cmd := &cobra.Command{
		Use:   "undo [flags]",
		Short: "Put the config file back as it was before the last run",
		Long: `Put the config file back as it was before the last run changed it, byte for byte,
or as it was in another one of its last ten versions. The difference is shown and
you are asked first. An undo can be undone: run it again.`,
		Example: `  # Look at the difference, and say yes or no
  aws-sso-config-generator undo

  # Which versions there are: number, time, size, profiles that came and went after it
  aws-sso-config-generator undo --list

  # A certain one, without a question
  aws-sso-config-generator undo --to 3 --yes`,
		Args: a.noArguments,
		RunE: job(func(ctx context.Context) error { return a.undo(ctx, o) }),
	}
	f := cmd.Flags()
	f.StringVarP(&o.out, "out", "o", "", "`FILE` to put back (default $AWS_CONFIG_FILE or ~/.aws/config)")
	f.IntVar(&o.to, "to", 0, "`NUMBER` of the version (default the newest)")
	f.BoolVarP(&o.list, "list", "l", false, "only print the versions: number, time, size, profiles that came and went after it")
	f.BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	complete(cmd, map[string][]string{"to": nil})
	return cmd
}

var (
	errUndo          = errors.New("undo")
	errNothingToUndo = errors.New("there is nothing to undo")
	errNoVersion     = errors.New("there is no such version")
	errMeanwhile     = errors.New("the file was changed meanwhile")
)

// undo shows what would be, asks, and puts it back.
func (a *app) undo(ctx context.Context, o undoOptions) error {
	t, err := a.findTarget(o.out)
	switch {
	case err != nil:
		return err
	case t.path == "":
		return usagef("--out -: standard output cannot be put back")
	case o.list:
		return a.listVersions(t)
	case !o.yes && !a.Attended():
		return usage(&missingError{flag: "yes"})
	}
	u, err := a.findUndo(t, o.to)
	if err != nil {
		return err
	}
	if u.then.Equal(u.now) {
		a.Say("%s is as it was before %s; there is nothing to change.", t.path, u.run())
		return nil
	}
	if err := a.showUndo(t, u); err != nil {
		return err
	}
	if !o.yes {
		if agreed, err := a.agree(ctx); err != nil || !agreed {
			return err
		}
	}
	if ctx.Err() != nil { // nothing is written after Ctrl-C
		return context.Cause(ctx)
	}
	if err := a.putBack(ctx, t, u); err != nil {
		return err
	}
	back := program + " undo"
	if o.out != "" {
		back += " --out " + shellWord(o.out)
	}
	a.Say("%s is as it was before %s. To take this back: %s", t.path, u.run(), back)
	return nil
}

// An undoing is a version, and what would go for it.
type undoing struct {
	version   awsconfig.Version
	now, then awsconfig.Contents
	changed   bool // by somebody, since our last write
}

// run names the run that took the place of the version.
func (u undoing) run() string {
	return "the run of " + u.version.At.Local().Format(time.DateTime)
}

// versions is those of a target, and what it holds now.
func (a *app) versions(t *target) (versions []awsconfig.Version, now awsconfig.Contents, changed bool, err error) {
	if t.past.history == nil {
		return nil, now, false, fmt.Errorf("%w: %w", awsconfig.ErrHistory, t.past.wrong)
	}
	file, err := t.load()
	if err != nil {
		return nil, now, false, err
	}
	now = t.holding(file)
	versions, changed, err = t.past.history.Versions(now)
	return versions, now, changed, err
}

// findUndo finds a version, the newest for the number 0.
func (a *app) findUndo(t *target, number int) (undoing, error) {
	versions, now, changed, err := a.versions(t)
	if err != nil {
		return undoing{}, err
	}
	if len(versions) == 0 {
		return undoing{}, fmt.Errorf("%w: no version of %s is known", errNothingToUndo, t.path)
	}
	u := undoing{version: versions[0], now: now, changed: changed}
	for _, v := range versions {
		if v.Number == number {
			u.version = v
		}
	}
	if number != 0 && u.version.Number != number {
		return undoing{}, usagef("--to %d: %w", number, errNoVersion)
	}
	if u.then, err = t.past.history.Read(u.version.Number); err != nil {
		return undoing{}, err
	}
	if err := atomicfile.Check(t.path); err != nil {
		return undoing{}, &fileError{"write the config file", err}
	}
	return u, nil
}

// showUndo says what would be.
func (a *app) showUndo(t *target, u undoing) error {
	if u.then.Exists {
		a.Say("To put %s back as it was before %s:", t.path, u.run())
	} else {
		a.Say("%s did not exist before %s, and is removed:", t.path, u.run())
	}
	if err := a.showDiff(t.name(), u.now.Bytes, u.then.Bytes); err != nil {
		return err
	}
	if u.changed {
		a.Warn("the file was changed after the last run; these changes would go, too (they stay in the list of versions)")
	}
	return nil
}

// agree asks whether a version is to be put back.
func (a *app) agree(ctx context.Context) (bool, error) {
	answer, err := a.askFor(ctx, "yes", terminal.YesOrNo("Put this version back?", "no"))
	if err != nil {
		return false, fmt.Errorf("%w: %w", errUndo, err)
	}
	agreed := answer == "yes"
	if !agreed {
		a.Say("Nothing was changed.")
	}
	return agreed, nil
}

// putBack puts a version back, unless the file is no longer what was shown.
func (a *app) putBack(ctx context.Context, t *target, u undoing) error {
	unlock, err := a.lock(ctx, t)
	if err != nil {
		return err
	}
	defer unlock()
	file, err := t.load()
	if err != nil {
		return err
	}
	now := t.holding(file)
	if !now.Equal(u.now) {
		return &fileError{"put back " + t.path, errMeanwhile}
	}
	err = t.past.around(
		func(h *awsconfig.History) error { return h.RecordUndo(now, u.version.Number) },
		func() error { return t.put(file, u.then, u.version) },
	)
	if err != nil {
		return &fileError{"write the config file", err}
	}
	return nil
}

// listVersions prints them, newest first.
func (a *app) listVersions(t *target) error {
	versions, now, _, err := a.versions(t)
	if err != nil || len(versions) == 0 {
		return err
	}
	after, afterErr := t.past.history.Profiles(0, now)
	var b strings.Builder
	for _, v := range versions {
		profiles, err := t.past.history.Profiles(v.Number, now)
		change := "?" // the version itself may be all right
		if err == nil && afterErr == nil {
			change = fmt.Sprintf("+%d -%d", missing(profiles, after), missing(after, profiles))
		}
		size := "-"
		if v.Exists {
			size = strconv.Itoa(v.Size)
		}
		fmt.Fprintf(&b, "%d\t%s\t%s\t%s\n", v.Number, v.At.Local().Format(time.RFC3339), size, change)
		after, afterErr = profiles, err
	}
	_, err = fmt.Fprint(a.Stdout, b.String())
	return err
}

// missing counts what is in b and not in a.
func missing(a, b map[string]bool) (n int) {
	for name := range b {
		if !a[name] {
			n++
		}
	}
	return n
}

// shellWord is text as one word for a POSIX shell.
func shellWord(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./@%+:,=", r)
	}) {
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	return text
}
