package awsconfig

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// checkSections is the last guard against names that come from outside: it
// lets pass only what every reader understands as we mean it.
func checkSections(session string, sections []Section) error {
	if err := CheckName(session); err != nil {
		return fmt.Errorf("name of session %q: %w", session, err)
	}
	seen := make(map[id]bool, len(sections))
	for _, s := range sections {
		if s.Kind != Profile && s.Kind != SSOSession {
			return fmt.Errorf("section %q: unknown kind %q", s.Name, s.Kind)
		}
		if err := s.check(); err != nil && !s.AsIs {
			return fmt.Errorf("%s %q: %w", s.Kind, s.Name, err)
		}
		if seen[id{s.Kind, s.Name}] {
			return fmt.Errorf("%s %q: stands there twice", s.Kind, s.Name)
		}
		seen[id{s.Kind, s.Name}] = true
	}
	return nil
}

func (s Section) check() error {
	if err := CheckName(s.Name); err != nil {
		return err
	}
	if !slices.ContainsFunc(s.Keys, func(key Key) bool { return key.Value != "" }) { // for JavaScript such a profile does not exist
		return errors.New("has no keys")
	}
	return checkKeys(s.Keys, Key.check)
}

// CheckName returns an error unless every reader understands name in the header
// of a section: one that needs quotes is lost on Go, and some have a meaning of
// their own.
func CheckName(name string) error {
	switch {
	case !consistsOf(name, letters+"_.@+%:/-"):
		return errors.New("not a name that every reader understands (letters, digits and _ . @ + % : / - are fine)")
	case name == "__proto__": // JavaScript refuses the whole file
		return errors.New("reserved in JavaScript")
	case name[0] == '-':
		return errors.New("looks like an option on a command line")
	}
	return nil
}

func checkValue(value string) error {
	if value == "" || value != strings.TrimSpace(value) {
		return errors.New("empty, or with white space at an end")
	}
	for i := range len(value) {
		if value[i] < ' ' || value[i] > '~' { // the AWS CLI reads the file in the locale's encoding
			return errors.New("a character that is not printable ASCII")
		}
		// Go and JavaScript cut it as a comment, Python does not.
		if i == 0 && startsComment(' ', value[i]) || i > 0 && startsComment(value[i-1], value[i]) {
			return errors.New("a part that some readers take for a comment")
		}
	}
	if isQuoted(value) { // Go strips the quotes, and panics at a lone one
		return errors.New("a quote at both ends")
	}
	return nil
}

// consistsOf reports whether text is made of these characters, at least one.
func consistsOf(text, characters string) bool {
	return text != "" && strings.TrimLeft(text, characters) == ""
}
