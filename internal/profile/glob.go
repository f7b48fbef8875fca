package profile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// A glob is a pattern in the form in which it is compared, "" for any text.
type glob string

// errGlob says that a pattern is none.
var errGlob = errors.New("not a glob: the signs are *, ?, [a-z] and {one,other}, and \\ before a sign that stands for itself")

// What a glob may be at most: its work is bounded, whoever wrote it.
const (
	maxGlob         = 500 // bytes
	maxAlternatives = 100 // that its {} stand for, all combined
)

func parseGlob(pattern string) (glob, error) {
	if len(pattern) > maxGlob {
		return "", fmt.Errorf("a glob of more than %d bytes", maxGlob)
	}
	pattern = folded(pattern)
	if !doublestar.ValidatePattern(pattern) {
		return "", errGlob
	}
	if _, ok := expand(pattern); !ok {
		return "", fmt.Errorf("a glob whose {} stand for more than %d texts", maxAlternatives)
	}
	return glob(pattern), nil
}

// folded is text as globs compare it: a slash is nothing special in a name.
func folded(text string) string {
	return strings.ToLower(strings.ReplaceAll(text, "/", "\x1f"))
}

// all says that the glob is for any text.
func (g glob) all() bool { return strings.Trim(string(g), "*") == "" }

// compiled is the glob, ready to be compared.
func (g glob) compiled() compiledGlob {
	if g.all() {
		return compiledGlob{all: true}
	}
	texts, _ := expand(string(g))
	c := compiledGlob{patterns: make([]pattern, 0, len(texts))}
	for _, text := range texts {
		c.patterns = append(c.patterns, compile(text))
	}
	return c
}

// A compiledGlob is what a glob stands for: one of some patterns.
type compiledGlob struct {
	all      bool
	patterns []pattern
}

// A pattern is a glob without {}. Its stars cost no more than its length times
// that of the text.
type pattern struct {
	text    string
	literal bool   // without any sign
	part    string // that every text has which it means
}

func compile(text string) pattern {
	p := pattern{text: text, literal: !strings.ContainsAny(text, `*?[\`)}
	if !strings.ContainsAny(text, `[\`) {
		for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '*' || r == '?' }) {
			if len(part) > len(p.part) {
				p.part = part
			}
		}
	}
	return p
}

func (p pattern) matches(text string) bool {
	if p.literal {
		return p.text == text
	}
	return strings.Contains(text, p.part) && doublestar.MatchUnvalidated(p.text, text)
}

// matches says whether one of some texts, all of them folded, is meant.
func (c compiledGlob) matches(texts []string) bool {
	if c.all {
		return true
	}
	for _, p := range c.patterns {
		if slices.ContainsFunc(texts, p.matches) {
			return true
		}
	}
	return false
}

// expand returns the patterns without {} that a valid one stands for, and false
// if they are too many.
func expand(pattern string) (patterns []string, ok bool) {
	patterns = []string{""}
	for pattern != "" {
		token := pattern[:sign(pattern)]
		pattern = pattern[len(token):]
		endings := []string{token}
		if token[0] == '{' {
			endings = endings[:0]
			for _, alternative := range alternatives(token) {
				more, ok := expand(alternative)
				if endings = append(endings, more...); !ok || len(endings) > maxAlternatives {
					return nil, false
				}
			}
		}
		if len(patterns)*len(endings) > maxAlternatives {
			return nil, false
		}
		longer := make([]string, 0, len(patterns)*len(endings))
		for _, beginning := range patterns {
			for _, ending := range endings {
				longer = append(longer, join(beginning, ending))
			}
		}
		patterns = longer
	}
	return patterns, true
}

// join puts patterns together. Two stars that meet are one.
func join(beginning, ending string) string {
	if strings.HasSuffix(beginning, "*") && !strings.HasSuffix(beginning, `\*`) {
		ending = strings.TrimLeft(ending, "*")
	}
	return beginning + ending
}

// sign is how many bytes the first sign of a valid pattern takes: a character, one
// behind a backslash, a [class] or a {group}.
func sign(pattern string) int {
	switch pattern[0] {
	case '\\':
		return 2
	case '[':
		for i := 1; ; i++ {
			switch pattern[i] {
			case '\\':
				i++
			case ']':
				return i + 1
			}
		}
	case '{':
		for i := 1; ; i += sign(pattern[i:]) {
			if pattern[i] == '}' {
				return i + 1
			}
		}
	}
	return 1
}

// alternatives are the parts of a {group}.
func alternatives(group string) []string {
	group = group[1 : len(group)-1]
	var parts []string
	start := 0
	for i := 0; i < len(group); i += sign(group[i:]) {
		if group[i] == ',' {
			parts = append(parts, group[start:i])
			start = i + 1
		}
	}
	return append(parts, group[start:])
}
