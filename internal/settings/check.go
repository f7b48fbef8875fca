package settings

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/profile"
)

// OutputFormats returns those of the AWS CLI.
func OutputFormats() []string {
	return []string{"json", "text", "table", "yaml", "yaml-stream", "off"}
}

// arn is the ARN of a role (IAM identifiers), in any partition. As all patterns here
// it is not compiled at every start.
var arn = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^arn:aws(-[a-z]+)*:iam::[0-9]{12}:role/([A-Za-z0-9_+=,.@-]+/)*[A-Za-z0-9_+=,.@-]+$`)
})

const (
	digits         = "0123456789"
	nameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" + digits + "_."
)

// The checks of texts say what is wrong without the text itself.

// bare is the error inside of one that says the text once more.
func bare(err error) error { return cmp.Or(errors.Unwrap(err), err) }

func notEmpty(text string) error {
	if text == "" {
		return errors.New("must not be empty")
	}
	return nil
}

func startURL(text string) error {
	if identitycenter.CheckStartURL(text) != nil {
		return fmt.Errorf("%w, such as https://d-1234567890.awsapps.com/start", identitycenter.ErrStartURL)
	}
	return nil
}

func region(text string) error {
	if identitycenter.CheckRegion(text) != nil {
		return fmt.Errorf("%w, such as eu-west-1", identitycenter.ErrRegion)
	}
	return nil
}

func outPath(text string) error {
	switch {
	case text == "-":
		return errors.New("standard output is for a single run: give --out - there")
	case strings.ContainsFunc(text, unicode.IsControl):
		return errors.New("not a path: there is a control character in it")
	case slices.Contains(strings.Split(filepath.ToSlash(text), "/"), ".."):
		return errors.New("not a plain path: there is .. in it")
	case !inHome(text) && !filepath.IsAbs(text):
		return errors.New("not an absolute path: begin it with ~/ or /")
	}
	return nil
}

// inHome reports whether a path is told from the home directory, as everybody's is.
func inHome(path string) bool { return strings.HasPrefix(path, "~/") && path != "~/" }

func layout(text string) error {
	var names []string
	for _, layout := range profile.Layouts() {
		names = append(names, string(layout))
	}
	return oneOf(text, names)
}

func oneOf(text string, all []string) error {
	if !slices.Contains(all, text) {
		last := len(all) - 1
		return fmt.Errorf("there are %s and %s", strings.Join(all[:last], ", "), all[last])
	}
	return nil
}

// template checks a name template. An empty one stands for the default.
func template(text string) error {
	if text == "" {
		return nil
	}
	_, err := profile.ParseNameTemplate(text)
	return err
}

func literalName(text string) error {
	switch {
	case text == "default":
		return errors.New("say which role [default] is with default_profile")
	case text == "__proto__":
		return errors.New("reserved in JavaScript")
	case profile.CheckName(text) != nil:
		return errors.New("a profile's name has letters, digits and . _ - @ + % : / and does not begin with a dash")
	}
	return nil
}

func roleARN(text string) error {
	if !arn().MatchString(text) {
		return errors.New("not the ARN of a role, such as arn:aws:iam::111122223333:role/Admin")
	}
	return nil
}

func accountID(text string) error {
	if len(text) != 12 || strings.Trim(text, digits) != "" {
		return errors.New("not an account id of twelve digits")
	}
	return nil
}

// accountName is another name of an account. Something of it must be left in the
// names of profiles.
func accountName(text string) error {
	if !strings.ContainsAny(text, nameCharacters) {
		return errors.New("has no character that a profile name can hold")
	}
	return nil
}

// roleName is another name of a role, or "".
func roleName(text string) error {
	if text == "" {
		return nil
	}
	return accountName(text)
}

func (d *decoder) renames(n *node, key, value func(string) error) map[string]string {
	if n.kind != dict {
		d.wrongKind(n, dict)
		return nil
	}
	renames := make(map[string]string, len(n.keys))
	for _, e := range n.keys {
		if err := key(e.key.text); err != nil {
			d.fail(e.key, "%s: %q: %w", n.name, e.key.text, err)
		}
		renamed := d.text(e.value, func(string) error { return nil })
		if err := value(renamed); err != nil {
			d.fail(e.value, "%s: %q for %s: %w", n.name, renamed, e.key.text, err)
		}
		renames[e.key.text] = renamed
	}
	return renames
}

func (d *decoder) boolean(n *node) bool {
	switch {
	case n.kind == nothing:
		d.wrongKind(n, scalar)
	case n.kind != scalar:
		d.fail(n, "%s must be true or false, not %s", n.name, n.kind)
	case n.plain && !n.bool:
		d.fail(n, "%s must be true or false, not %q", n.name, n.text)
	case !n.bool:
		d.fail(n, "%s must be true or false, without quotes", n.name)
	}
	return strings.EqualFold(n.text, "true")
}

func (d *decoder) port(n *node) int {
	if n.kind == nothing {
		d.wrongKind(n, scalar)
	}
	port, err := strconv.ParseUint(n.text, 10, 16)
	if err != nil || !n.plain || n.text != strconv.FormatUint(port, 10) {
		d.fail(n, "%s must be a port from 1 to 65535, or 0 for any that is free", n.name)
	}
	return int(port)
}

// longest is how long an old name can be kept.
const longest = 3650 * day

const day = 24 * time.Hour

func (d *decoder) duration(n *node) (length time.Duration) {
	d.text(n, func(text string) (err error) {
		length, err = parseDuration(text)
		return err
	})
	return length
}

// parseDuration reads days, weeks, or a duration of Go.
func parseDuration(text string) (time.Duration, error) {
	length, err := time.ParseDuration(text)
	for unit, size := range map[string]time.Duration{"d": day, "w": 7 * day} {
		if count, ok := strings.CutSuffix(text, unit); ok {
			var n uint64
			n, err = strconv.ParseUint(count, 10, 16)
			length = time.Duration(n) * size
		}
	}
	switch {
	case err != nil || length < 0:
		return 0, errors.New("not a time: write days, weeks or hours, as in 30d, 4w or 36h")
	case length > longest:
		return 0, errors.New("more than ten years")
	}
	return length, nil
}
