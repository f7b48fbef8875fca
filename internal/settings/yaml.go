package settings

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

const (
	maxSize  = 1 << 20 // bytes of a file
	maxDepth = 16      // of values in values; the settings have seven
)

const byteOrderMark = "\ufeff"

// read makes a tree of a YAML file. It takes the YAML that people write by hand:
// block and flow style, every kind of quotes, text over several lines in quotes or
// behind | and >. Anchors, aliases, tags, merge keys, several documents and
// directives are refused. A scalar is the text that stands there: 012345678901 is
// no octal number, and "no" is no boolean, until somebody asks for one.
//
// The tree is built from goccy's tokens: its parser takes twice the time, which a
// person would wait for at every start, and hours for what a hostile file holds.
func read(name string, data []byte) (*node, error) {
	text, err := textOf(name, data)
	if err != nil {
		return nil, err
	}
	p := &parser{in: &source{name, text}}
	p.tokens = slices.DeleteFunc(lexer.Tokenize(text), func(t *token.Token) bool { return t.Type == token.CommentType })
	for i, t := range p.tokens {
		if what := refused(t, i); what != "" {
			return nil, failure(p.firstTab(t), "%s", what)
		}
	}
	if len(p.tokens) > 0 && p.tokens[0].Type == token.DocumentHeaderType {
		p.tokens = p.tokens[1:]
	}
	root := p.value(nil, 0, 0)
	switch t := p.peek(); {
	case t == nil:
	case t.Position.Line <= p.lastLine:
		p.fail(t, "unexpected %q", t.Value)
	case isScalar(t) && !p.isKey():
		p.fail(t, "%q is no key: a colon and a space are missing behind it", t.Value)
	default:
		p.fail(t, "indented unlike anything above it")
	}
	if p.err != nil {
		return nil, p.err
	}
	return root, nil
}

// textOf checks that a file is text, and makes its line ends those of Unix.
func textOf(name string, data []byte) (string, error) {
	whole := place{in: &source{name: name}}
	switch {
	case len(data) > maxSize:
		return "", failure(whole, "larger than %d MB", maxSize>>20)
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return "", failure(whole, "its text is UTF-16: save it as UTF-8")
	}
	text := strings.ReplaceAll(strings.TrimPrefix(string(data), byteOrderMark), "\r\n", "\n")
	at := place{&source{name, text}, 1, 1}
	for i, r := range text {
		_, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			at.in.text = strings.ToValidUTF8(text, "\ufffd")
			return "", failure(at, "not UTF-8: save the file as UTF-8")
		case r == '\n':
			at.line++
			at.column = 0
		case r != '\t' && unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == '\ufeff':
			return "", failure(at, "a control character (%U)", r)
		}
		at.column++
	}
	return text, nil
}

// refused says what is wrong with a token for which these settings have no use.
func refused(t *token.Token, i int) string {
	const quotes = "is not understood here: text that begins with it needs quotes"
	switch t.Type {
	case token.InvalidType:
		if isTab(t) {
			return "a tab: YAML is indented with spaces"
		}
		return t.Error
	case token.AliasType:
		return `* (an alias) ` + quotes + `, as in "*-prod"`
	case token.AnchorType:
		return "& (an anchor) " + quotes
	case token.TagType:
		return "! (a tag) " + quotes
	case token.MappingKeyType:
		return "? (a key by itself) " + quotes
	case token.DirectiveType:
		return "% (a directive) " + quotes
	case token.MergeKeyType:
		return "<< (a merge key) is not understood here"
	case token.DocumentHeaderType, token.DocumentEndType:
		if i > 0 {
			return "more than one document in a file is not understood here"
		}
	}
	return ""
}

func isTab(t *token.Token) bool {
	return strings.Contains(t.Error, "tab ") || strings.Contains(t.Error, "\t")
}
