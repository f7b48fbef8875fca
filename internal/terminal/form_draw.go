package terminal

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/term"
)

// A row is one of a form, and how many columns it takes.
type row struct {
	painted string
	width   int
}

// draw draws the form in the place of what was drawn of it before, if that is no
// longer what it should be.
func (f *form) draw() {
	columns, rows, err := term.GetSize(int(f.screen.file.Fd()))
	if err != nil || columns < 8 || rows < 2 {
		columns, rows = 80, 24
	}
	size := [2]int{columns, rows}
	if !f.stale && f.size == size {
		return
	}
	view, focus, at := f.view(columns - 1)
	if over := len(view) - (rows - 1); over > 0 { // what is far from the cursor is left out
		skip := min(over, max(0, focus-(rows-1)/2))
		view, focus = view[skip:skip+rows-1], focus-skip
	}
	var text strings.Builder
	text.WriteString(f.back(columns))
	f.drawn = f.drawn[:0]
	for i, row := range view {
		if i > 0 {
			text.WriteString("\n")
		}
		text.WriteString(row.painted)
		if i <= focus {
			f.drawn = append(f.drawn, row.width)
		}
	}
	text.WriteString(steps(len(view)-1-focus, 'A') + "\r" + steps(at, 'C'))
	f.stale, f.size, f.at = false, size, at
	_, _ = f.screen.file.WriteString(text.String())
}

// erase takes the form away.
func (f *form) erase() {
	_, _ = f.screen.file.WriteString(f.back(f.Columns()))
	f.drawn = nil
}

// back moves to the beginning of what was drawn, and erases it. Where the window is
// narrower now, terminals have broken the lines that do not fit.
//
// It erases from the second column on, then the first: what is erased from the very
// first place of the screen on, tmux takes for a screen worth keeping, and shows again.
func (f *form) back(columns int) string {
	if len(f.drawn) == 0 {
		return ""
	}
	up := f.at / columns
	for _, width := range f.drawn[:len(f.drawn)-1] {
		up += max(1, (width+columns-1)/columns)
	}
	return "\r" + steps(up, 'A') + " \x1b[J\r\x1b[K"
}

// steps moves the cursor (ECMA-48 8.3.22 and 8.3.20).
func steps(by int, direction byte) string {
	if by <= 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%d%c", by, direction)
}

// view is what the form looks like in so many columns, and where the cursor is.
func (f *form) view(columns int) (rows []row, focus, at int) {
	add := func(code, text string) {
		text = clip(Printable(text), columns)
		painted := text
		if code != "" {
			painted = f.screen.paint(code, text)
		}
		rows = append(rows, row{painted, columnsOf(text)})
	}
	if f.isApart() {
		add("", "")
	}
	add(Cyan, f.Text)
	for _, line := range f.About {
		for _, part := range wrap(Printable(line), columns) {
			add("", part)
		}
	}
	if len(f.Choices) > 0 {
		focus = f.viewChoices(add, len(rows))
	} else {
		focus = len(rows)
		var window string
		window, at = f.window(columns - len("> ") - 1)
		add("", "> "+window)
		at += len("> ")
		if f.Preview != nil && f.wrong == nil {
			if answer, err := f.answer(); err == nil {
				for _, line := range f.Preview(answer) {
					add("", "  "+line)
				}
			}
		}
	}
	if f.wrong != nil {
		for _, part := range wrap(Printable("error: "+f.wrong.Error()), columns) {
			add(Red, part)
		}
		if hint := f.hint(f.wrong); hint != "" {
			for _, part := range wrap(Printable("hint: "+hint), columns) {
				add("", part)
			}
		}
	}
	help := "Enter: next. Esc: stop."
	if f.GoesBack {
		help = "Enter: next. Shift-Tab: back. Esc: stop."
	}
	if len(f.Choices) > 0 {
		help = "Up, Down: choose. " + help
	}
	add("", "")
	add(dim, help)
	return rows, focus, at
}

// viewChoices adds the choices, and returns the row of the one that is chosen.
func (f *form) viewChoices(add func(code, text string), first int) (focus int) {
	focus = first
	for i, c := range f.Choices {
		mark, code := "  ", ""
		if i == f.chosen {
			mark, code, focus = "> ", Green, first
		}
		add(code, mark+c.Text)
		for _, example := range c.Examples {
			add("", "    "+example)
		}
		first += 1 + len(c.Examples)
		if c.Wrong != nil {
			add(Yellow, "    not here: "+c.Wrong.Error())
			first++
		}
	}
	return focus
}

// window is the part of what was typed that has room, and the column of the cursor.
func (f *form) window(columns int) (text string, at int) {
	from := 0
	for columnsOf(string(f.typed[from:f.cursor])) > columns {
		from++
	}
	return clipped(string(f.typed[from:]), columns), columnsOf(string(f.typed[from:f.cursor]))
}

// clip cuts a text that is too wide, and shows that it did.
func clip(text string, columns int) string {
	if columnsOf(text) <= columns {
		return text
	}
	return clipped(text, columns-len("...")) + "..."
}

// clipped is as much of a text as has room.
func clipped(text string, columns int) string {
	for i, r := range text {
		if columns -= columnsOf(string(r)); columns < 0 {
			return text[:i]
		}
	}
	return text
}

// wrap breaks a text between words.
func wrap(text string, columns int) (lines []string) {
	line := ""
	for _, word := range strings.SplitAfter(text, " ") {
		if line != "" && columnsOf(line+strings.TrimRight(word, " ")) > columns {
			lines = append(lines, strings.TrimRight(line, " "))
			line = ""
		}
		line += word
	}
	return slices.DeleteFunc(append(lines, strings.TrimRight(line, " ")), func(line string) bool { return line == "" })
}

// columnsOf is how many columns of a terminal a text takes that is printable: two for
// what is wide in East Asia and for pictures, none for what combines (Unicode
// Standard Annex 11, roughly).
func columnsOf(text string) (n int) {
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf, r >= 0xac00 && r <= 0xd7a3, r >= 0xf900 && r <= 0xfaff,
			r >= 0xfe30 && r <= 0xfe6f, r >= 0xff00 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6, r >= 0x1f300 && r <= 0x1faff, r >= 0x20000 && r <= 0x3fffd:
			n += 2
		default:
			n++
		}
	}
	return n
}
