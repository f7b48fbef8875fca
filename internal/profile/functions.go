package profile

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"text/template"
)

// functions are those of name templates. They take the text last, so that they can
// stand in a pipeline. Alias says the other name of an account, by its id.
func functions(alias func(string) string) template.FuncMap {
	expressions := make(map[string]*regexp.Regexp)
	return template.FuncMap{
		"lower":        strings.ToLower,
		"upper":        strings.ToUpper,
		"title":        title,
		"kebab":        func(text string) string { return strings.Join(words(text), "-") },
		"snake":        func(text string) string { return strings.Join(words(text), "_") },
		"trimPrefix":   func(prefix, text string) string { return strings.TrimPrefix(text, prefix) },
		"trimSuffix":   func(suffix, text string) string { return strings.TrimSuffix(text, suffix) },
		"replace":      func(old, with, text string) (string, error) { return bounded(strings.ReplaceAll(text, old, with)) },
		"truncate":     truncate,
		"default":      fallback,
		"accountAlias": alias,
		"print":        func(values ...any) (string, error) { return bounded(fmt.Sprint(values...)) },
		"printf":       printf,
		"regexReplace": func(pattern, with, text string) (string, error) {
			expression := expressions[pattern]
			if expression == nil {
				var err error
				if expression, err = parseExpression(pattern); err != nil {
					return "", err
				}
				expressions[pattern] = expression
			}
			return bounded(expression.ReplaceAllString(text, with))
		},
	}
}

// bounded is text that is not too long.
func bounded(text string) (string, error) {
	if len(text) > maxText {
		return "", fmt.Errorf("a text of more than %d bytes", maxText)
	}
	return text, nil
}

// truncate is the beginning of a text, so many characters of it.
func truncate(n int, text string) (string, error) {
	if n < 0 {
		return "", fmt.Errorf("truncate %d: must not be negative", n)
	}
	for i := range text {
		if n == 0 {
			return text[:i], nil
		}
		n--
	}
	return text, nil
}

// fallback is the text, or the other one if it is empty.
func fallback(other, text string) string {
	if text == "" {
		return other
	}
	return text
}

// wide is a verb of printf that makes a long text out of a short one.
var wide = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\*|[0-9]{3}`) })

func printf(format string, values ...any) (string, error) {
	if wide().MatchString(format) {
		return "", fmt.Errorf("printf %q: too wide", format)
	}
	return bounded(fmt.Sprintf(format, values...))
}

// maxExpression is how large a regular expression may be, with its repetitions
// written out.
const maxExpression = 1_000

func parseExpression(pattern string) (*regexp.Regexp, error) {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, err
	}
	if size(parsed) > maxExpression {
		return nil, errors.New("too large a regular expression")
	}
	return regexp.Compile(pattern)
}

// size counts the parts of an expression. What could overflow, the parser has
// refused.
func size(expression *syntax.Regexp) int {
	n := 1
	if expression.Op == syntax.OpLiteral {
		n = len(expression.Rune)
	}
	for _, part := range expression.Sub {
		n += size(part)
	}
	if expression.Op == syntax.OpRepeat {
		n *= max(1, expression.Min, expression.Max)
	}
	return n
}
