package awsconfig

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// What stops a merge before anything is changed.
var (
	ErrDamagedBlock    = errors.New("damaged block")
	ErrNotUTF8         = errors.New("not UTF-8 text")
	ErrSessionConflict = errors.New("another access portal")
)

const (
	beginPrefix = "# BEGIN aws-sso-config-generator"
	endPrefix   = "# END aws-sso-config-generator"
	beginReason = "(generated; keys and comments that you add stay)"
)

// marker is the first or the last line of a block.
type marker struct {
	begin      bool
	session    string // "" if it names none
	line       int    // number, from 1
	start, end int
}

// block is our part of the file for one session, markers included. What they
// enclose is from body to closing.
type block struct {
	session                   string
	start, body, closing, end int
}

func (b block) holds(s span) bool { return b.start <= s.start && s.start < b.end }

func (b block) profiles(s span) bool { return s.kind == Profile && b.holds(s) }

// find returns the block of a session, an empty one if there is none.
func find(blocks []block, session string) block {
	if i := slices.IndexFunc(blocks, func(b block) bool { return b.session == session }); i >= 0 {
		return blocks[i]
	}
	return block{}
}

// parseMarker reads a trimmed comment line. "aws-sso-config-generator-x" is
// somebody else's.
func parseMarker(text []byte) (marker, bool) {
	rest, begin := bytes.CutPrefix(text, []byte(beginPrefix))
	rest, end := bytes.CutPrefix(rest, []byte(endPrefix))
	if begin == end || len(rest) > 0 && !isSpace(rune(rest[0])) {
		return marker{}, false
	}
	m := marker{begin: begin}
	if words := strings.Fields(string(rest)); len(words) > 0 && CheckName(words[0]) == nil {
		m.session = words[0]
	}
	return m, true
}

// blocks finds our blocks. It fails on what keeps us from changing the file:
// bytes that are not text, or a block whose extent is not certain.
func (f *File) blocks() ([]block, error) {
	// The AWS CLI refuses the whole file, even for a byte in a comment.
	if !utf8.Valid(f.data) || bytes.IndexByte(f.data, 0) >= 0 {
		number := 0
		for _, line := range lines(f.data) {
			number++
			if !utf8.Valid(line) || bytes.IndexByte(line, 0) >= 0 {
				break
			}
		}
		return nil, fmt.Errorf("line %d: %w", number, ErrNotUTF8)
	}

	var blocks []block
	began := make(map[string]int) // line of BEGIN by session
	var open *marker
	for i, m := range f.markers {
		switch {
		case m.session == "":
			return nil, damaged("line %d: BEGIN or END without the name of a session", m.line)
		case m.begin && open != nil:
			return nil, damaged("line %d: BEGIN of session %s before the END of session %s, which begins in line %d",
				m.line, m.session, open.session, open.line)
		case m.begin && began[m.session] != 0:
			return nil, damaged("line %d: second BEGIN of session %s, the first is in line %d", m.line, m.session, began[m.session])
		case m.begin:
			open = &f.markers[i]
			began[m.session] = m.line
		case open == nil:
			return nil, damaged("line %d: END of session %s without a BEGIN", m.line, m.session)
		case open.session != m.session:
			return nil, damaged("line %d: END of session %s in the block of session %s, which begins in line %d",
				m.line, m.session, open.session, open.line)
		default:
			blocks = append(blocks, block{m.session, open.start, open.end, m.start, m.end})
			open = nil
		}
	}
	if open != nil {
		return nil, damaged("line %d: BEGIN of session %s without an END", open.line, open.session)
	}
	return blocks, nil
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamagedBlock, fmt.Sprintf(format, args...))
}
