package settings

import (
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/token"
)

// A parser makes a tree of tokens. Nothing is read after its first error.
type parser struct {
	in       *source
	tokens   []*token.Token // that are left
	lastLine int            // on which the last one that was taken ended
	err      error
}

// firstTab is where a token is, or the tab in its line that it complains about.
func (p *parser) firstTab(t *token.Token) place {
	at := p.placeOf(t)
	if isTab(t) {
		if i := strings.Index(p.in.line(at.line), "\t"); i >= 0 {
			at.column = 1 + i
		}
	}
	return at
}

// peek returns the next token, or nil at the end.
func (p *parser) peek() *token.Token {
	if len(p.tokens) == 0 || p.err != nil {
		return nil
	}
	return p.tokens[0]
}

func (p *parser) take() *token.Token {
	t := p.tokens[0]
	p.tokens = p.tokens[1:]
	p.lastLine = t.Position.Line + strings.Count(strings.TrimSpace(t.Origin), "\n")
	return t
}

func (p *parser) fail(t *token.Token, format string, args ...any) {
	p.failAt(p.placeOf(t), format, args...)
}

func (p *parser) failAt(at place, format string, args ...any) {
	if p.err == nil {
		p.err = failure(at, format, args...)
	}
}

// misfit fails at the beginning of a line that YAML takes for more of the text above
// it.
func (p *parser) misfit(number int) {
	number = min(number, len(p.in.lines())) // goccy can be a line off at the end of a file
	line := p.in.line(number)
	indent := len(line) - len(strings.TrimLeft(line, " "))
	p.failAt(place{p.in, number, indent + 1}, "indented too far, so that it belongs to the text above; text over several lines needs quotes")
}

func (p *parser) placeOf(t *token.Token) place {
	if t == nil {
		return place{p.in, 1, 1}
	}
	return place{p.in, t.Position.Line, max(1, t.Position.Column)}
}

// is reports whether the next token is of a type.
func (p *parser) is(wanted token.Type) bool { t := p.peek(); return t != nil && t.Type == wanted }

// isKey reports whether the next token is a key: a colon follows in its line.
func (p *parser) isKey() bool {
	return p.peek() != nil && isScalar(p.tokens[0]) && len(p.tokens) > 1 && p.tokens[1].Type == token.MappingValueType
}

func isScalar(t *token.Token) bool {
	switch t.Type {
	case token.StringType, token.SingleQuoteType, token.DoubleQuoteType, token.BoolType, token.NullType,
		token.IntegerType, token.BinaryIntegerType, token.OctetIntegerType, token.HexIntegerType,
		token.FloatType, token.InfinityType, token.NanType:
		return true
	}
	return false
}

// value reads what belongs to a colon or a dash, nil for the file itself. The key
// or dash is in column indent; what belongs to it is on the same line, or in lines
// that are indented more.
func (p *parser) value(sign *token.Token, indent, depth int) *node {
	t := p.peek()
	ofKey := sign != nil && sign.Type == token.MappingValueType
	sameLine := t != nil && sign != nil && t.Position.Line == sign.Position.Line
	if ofKey && p.is(token.SequenceEntryType) {
		indent-- // the list of a key may be under it, dash under letter
	}
	switch {
	case t == nil, !sameLine && t.Position.Column <= indent:
		return &node{at: p.placeOf(sign)}
	case depth > maxDepth:
		p.fail(t, "values in values, more than %d deep", maxDepth)
	case t.Type == token.SequenceEntryType && sameLine && ofKey:
		p.fail(t, "a list begins on a line of its own")
	case t.Type == token.SequenceEntryType:
		return p.list(t, depth)
	case p.isKey() && sameLine && ofKey && p.tokens[1].Position.Line > t.Position.Line:
		p.misfit(p.tokens[1].Position.Line)
	case p.isKey() && sameLine && ofKey:
		p.fail(t, "a key begins on a line of its own; text with a colon and a space needs quotes")
	case p.isKey():
		return p.dict(t, depth)
	default:
		return p.flow(depth)
	}
	return &node{at: p.placeOf(t)}
}

// starts reports whether the next token is the first on its line, in a column.
func (p *parser) starts(column int) bool {
	t := p.peek()
	return t != nil && t.Position.Line > p.lastLine && t.Position.Column == column
}

func (p *parser) dict(first *token.Token, depth int) *node {
	n := &node{kind: dict, at: p.placeOf(first)}
	for {
		key := p.scalar()
		if key.at.line != p.lastLine || !p.is(token.MappingValueType) || p.tokens[0].Position.Line != p.lastLine {
			p.failAt(key.at, "a key and its colon are on one line")
			return n
		}
		p.add(n, key, p.value(p.take(), first.Position.Column, depth+1))
		if !p.starts(first.Position.Column) || !p.isKey() {
			return n
		}
	}
}

func (p *parser) list(first *token.Token, depth int) *node {
	n := &node{kind: list, at: p.placeOf(first)}
	for {
		n.items = append(n.items, p.value(p.take(), first.Position.Column, depth+1))
		if !p.starts(first.Position.Column) || !p.is(token.SequenceEntryType) {
			return n
		}
	}
}

// flow reads a scalar, or what is in brackets.
func (p *parser) flow(depth int) *node {
	t := p.peek()
	switch {
	case t == nil:
		p.fail(nil, "unexpected end")
	case depth > maxDepth:
		p.fail(t, "values in values, more than %d deep", maxDepth)
	case t.Type == token.SequenceStartType:
		return p.brackets(&node{kind: list}, token.SequenceEndType, func(n *node) {
			n.items = append(n.items, p.flow(depth+1))
		})
	case t.Type == token.MappingStartType:
		return p.brackets(&node{kind: dict}, token.MappingEndType, func(n *node) {
			if !p.isKey() {
				p.fail(p.peek(), "in { } stand keys with values, as in {account: dev}; text that begins with { needs quotes")
				return
			}
			key := p.scalar()
			if colon := p.take(); p.is(token.CollectEntryType) || p.is(token.MappingEndType) {
				p.add(n, key, &node{at: p.placeOf(colon)})
				return
			}
			p.add(n, key, p.flow(depth+1))
		})
	case t.Type == token.LiteralType, t.Type == token.FoldedType:
		return p.block()
	case isScalar(t):
		return p.scalar()
	default:
		p.fail(t, "unexpected %q", t.Value)
	}
	return &node{at: p.placeOf(t)}
}

func (p *parser) brackets(n *node, closing token.Type, item func(*node)) *node {
	opening := p.take()
	n.at, n.flow = p.placeOf(opening), true
	for p.err == nil && !p.is(closing) {
		if p.peek() != nil {
			item(n)
		}
		switch t := p.peek(); {
		case t == nil:
			p.fail(opening, "this %s has no end", opening.Value)
		case t.Type == token.CollectEntryType:
			p.take()
		case t.Type != closing:
			p.fail(t, "a comma or the end of %s is missing before %q", opening.Value, t.Value)
		}
	}
	if p.err == nil {
		p.take()
	}
	return n
}

// add puts a key into a dict that does not have it.
func (p *parser) add(n, key, value *node) {
	if i := n.index(key.text); i >= 0 && p.err == nil {
		p.err = failure(key.at, "key %q stands there twice, first in line %d", key.text, n.keys[i].key.at.line)
	}
	value.name = key.text
	for _, item := range value.items {
		item.name, item.item = key.text, true
	}
	n.put(key, value)
}

// scalar reads text in one piece.
func (p *parser) scalar() *node {
	t := p.take()
	n := &node{kind: scalar, at: p.placeOf(t), text: t.Value, bool: t.Type == token.BoolType}
	n.plain = t.Type != token.SingleQuoteType && t.Type != token.DoubleQuoteType
	if t.Type == token.NullType {
		n.kind = nothing
	}
	if n.plain && p.lastLine > t.Position.Line {
		p.misfit(t.Position.Line + 1)
	}
	for _, r := range n.text {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			p.fail(t, "a control character (%U) in the text", r)
		}
	}
	return n
}

// block reads the text behind | or >.
func (p *parser) block() *node {
	sign := p.take()
	n := &node{kind: scalar, at: p.placeOf(sign)}
	if t := p.peek(); t != nil && t.Type == token.StringType && t.Prev == sign {
		n.text = p.take().Value
	}
	return n
}
