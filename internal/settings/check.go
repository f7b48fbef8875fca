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

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/profile"
)

// outputFormats are those of the AWS CLI.
var outputFormats = []string{"json", "text", "table", "yaml", "yaml-stream", "off"}

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

func sessionName(text string) error {
	if err := awsconfig.CheckName(text); err != nil {
		return fmt.Errorf("%w: use letters, digits and . _ - as in my-sso", err)
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

// keys reads keys of profiles in the order in which they are written.
func (d *decoder) keys(n *node) []awsconfig.Key {
	if n.kind != dict {
		d.wrongKind(n, dict)
	}
	var keys []awsconfig.Key
	for _, e := range n.keys {
		d.keyName(e.key)
		key := awsconfig.Key{Name: e.key.text}
		if e.value.kind == dict {
			key.Value = d.nested(e)
		} else {
			key.Value = d.keyValue(e)
		}
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b awsconfig.Key) int {
		return cmp.Or(rank(a.Name)-rank(b.Name), strings.Compare(a.Name, b.Name))
	})
	return keys
}

// rank puts region and output before all others.
func rank(key string) int {
	switch key {
	case "region":
		return 0
	case "output":
		return 1
	}
	return 2
}

// keyName checks the name of a key.
func (d *decoder) keyName(key *node) {
	if reason := refusedKey(key.text); reason != "" {
		d.fail(key, "key %q cannot be set: %s", key.text, reason)
	}
	if awsconfig.CheckKey(awsconfig.Key{Name: key.text, Value: "any"}) != nil {
		d.fail(key, "key %q: not the name of a key, which has small letters, digits and _", key.text)
	}
}

// keyValue reads the value of one key.
func (d *decoder) keyValue(e entry) string {
	if e.value.kind == nothing {
		d.fail(e.value, `%s has no value: write "" for an empty one`, e.key.text)
		return ""
	}
	return d.text(e.value, func(text string) error {
		switch e.key.text {
		case "region":
			return region(text)
		case "output":
			return oneOf(text, outputFormats)
		}
		if text == "" {
			return nil
		}
		if err := awsconfig.CheckKey(awsconfig.Key{Name: "any", Value: text}); err != nil {
			return fmt.Errorf("not a value that every reader understands: %w", bare(err))
		}
		return nil
	})
}

// nested reads the keys in a key, such as those of s3.
func (d *decoder) nested(e entry) string {
	switch {
	case e.key.text == "region" || e.key.text == "output":
		d.wrongKind(e.value, scalar)
	case len(e.value.keys) == 0:
		d.fail(e.value, "%s must have keys in it, or be text", e.key.text)
	}
	var lines []string
	for _, inner := range e.value.keys {
		d.keyName(inner.key)
		value := d.keyValue(inner)
		if value == "" {
			d.fail(inner.value, "%s in %s must not be empty", inner.key.text, e.key.text)
		}
		lines = append(lines, inner.key.text+" = "+value)
	}
	slices.Sort(lines)
	return "\n" + strings.Join(lines, "\n")
}

// refusedKeys are keys of profiles that are not for settings, and why.
var refusedKeys = map[string]string{
	"sso_session":             ownKey,
	"sso_account_id":          ownKey,
	"sso_role_name":           ownKey,
	"sso_start_url":           sessionKey,
	"sso_region":              sessionKey,
	"sso_registration_scopes": otherKey,
	"login_session":           otherKey,
	"web_identity_token_file": otherKey,
	"credential_process":      otherKey,
	"credential_source":       otherKey,
	"aws_access_key_id":       otherKey,
	"aws_secret_access_key":   otherKey,
	"aws_session_token":       otherKey,
	"role_arn":                chainKey,
	"source_profile":          chainKey,
}

const (
	ownKey     = "it says whose profile it is, and is written into every one"
	sessionKey = "it belongs to the session: write it beside name"
	otherKey   = "it leads to other credentials than those of the session"
	chainKey   = "a role that is assumed from another is one of chains, with from and to"

	ourPrefix = "aws_sso_config_generator_"
)

// refusedKey says why a key of a profile is not for settings, or "".
func refusedKey(name string) string {
	if strings.HasPrefix(name, ourPrefix) {
		return "it is for our own notes"
	}
	return refusedKeys[name]
}

// nearest returns the name that was probably meant, or "".
func nearest(word string, names []string) string {
	best, distance := "", 3
	plain := strings.NewReplacer("-", "", "_", "", " ", "")
	for _, name := range names {
		d := editDistance(strings.ToLower(plain.Replace(word)), plain.Replace(name))
		if d < distance && d <= len(name)/2 {
			best, distance = name, d
		}
	}
	return best
}

// editDistance is the Levenshtein distance of two words in bytes.
func editDistance(a, b string) int {
	if len(a) > 2*len(b) {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
