package awsconfig

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// contextLines are the equal lines that a diff shows around a change.
const contextLines = 3

// Diff says what makes after of before, as a unified diff that patch and git
// apply understand; equal texts have none. A before that is nil is a file that
// did not exist, as [Load] has it for one.
//
// The lines are exact bytes: whoever shows them on a terminal has to see to
// control characters.
func Diff(name string, before, after []byte) []byte {
	if bytes.Equal(before, after) {
		return nil
	}
	a, b := splitLines(before), splitLines(after)
	changes := compareLines(a, b)
	var out bytes.Buffer
	from := "/dev/null"
	if before != nil {
		from = quoteName(name)
	}
	fmt.Fprintf(&out, "--- %s\n+++ %s\n", from, quoteName(name))
	for len(changes) > 0 {
		n := 1 // changes that share a hunk: their contexts would touch
		for n < len(changes) && changes[n].a0-changes[n-1].a1 <= 2*contextLines {
			n++
		}
		writeHunk(&out, a, b, changes[:n])
		changes = changes[n:]
	}
	return out.Bytes()
}

// A change puts lines b0 to b1 of the text after where lines a0 to a1 of the text
// before were.
type change struct{ a0, a1, b0, b1 int }

// splitLines splits at line feeds alone, as patch does.
func splitLines(text []byte) []string {
	lines := strings.SplitAfter(string(text), "\n")
	if last := len(lines) - 1; lines[last] == "" {
		lines = lines[:last]
	}
	return lines
}

func writeHunk(out *bytes.Buffer, a, b []string, changes []change) {
	first, last := changes[0], changes[len(changes)-1]
	above := min(contextLines, first.a0)
	below := min(contextLines, len(a)-last.a1)
	at := first.a0 - above
	fmt.Fprintf(out, "@@ -%s +%s @@\n", extent(at, last.a1+below), extent(first.b0-above, last.b1+below))
	for _, e := range changes {
		writeLines(out, ' ', a[at:e.a0])
		writeLines(out, '-', a[e.a0:e.a1])
		writeLines(out, '+', b[e.b0:e.b1])
		at = e.a1
	}
	writeLines(out, ' ', a[at:at+below])
}

// extent is a range of lines as the head of a hunk has it.
func extent(from, to int) string {
	switch to - from {
	case 0:
		return fmt.Sprintf("%d,0", from) // the line before
	case 1:
		return fmt.Sprint(to)
	}
	return fmt.Sprintf("%d,%d", from+1, to-from)
}

func writeLines(out *bytes.Buffer, mark byte, lines []string) {
	for _, line := range lines {
		out.WriteByte(mark)
		out.WriteString(line)
		if !strings.HasSuffix(line, "\n") {
			out.WriteString("\n\\ No newline at end of file\n")
		}
	}
}

// quoteName writes a file's name as git does: a line break in it must not forge
// a line, and behind white space a tab says where the name ends.
func quoteName(name string) string {
	unsafe := func(r rune) bool { return r < ' ' || r == 0x7f || r == '"' || r == '\\' }
	if !strings.ContainsFunc(name, unsafe) {
		if strings.Contains(name, " ") {
			return name + "\t"
		}
		return name
	}
	var quoted strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case c == '"' || c == '\\':
			quoted.WriteString(`\` + string(c))
		case unsafe(rune(c)):
			fmt.Fprintf(&quoted, `\%03o`, c)
		default:
			quoted.WriteByte(c)
		}
	}
	return `"` + quoted.String() + `"`
}

// compareLines finds what to change in a to get b, in order.
//
// It is a patience diff: what stands once in both texts, in the same order, is
// the same; between two of those it looks again. That takes n log n for any
// texts, unlike the shortest diff, and people find it better to read.
func compareLines(a, b []string) []change {
	d := differ{seen: make([]place, len(a)+len(b))}
	number := make(map[string]int32, len(a))
	count := func(lines []string) []int32 {
		ids := make([]int32, len(lines))
		for i, line := range lines {
			id, known := number[line]
			if !known {
				id = int32(len(number))
				number[line] = id
			}
			ids[i] = id
		}
		return ids
	}
	d.a, d.b = count(a), count(b)
	d.compare(change{0, len(a), 0, len(b)}, 0)
	return d.changes
}

// maxDepth bounds how often a differ looks again: it goes deeper only in texts
// that are made for it.
const maxDepth = 8

// differ compares lines by their numbers: equal lines have the same.
type differ struct {
	a, b    []int32
	changes []change
	seen    []place // scratch, by number; all zero between uses
}

// place is where a number stands in either text, from 1: 0 nowhere, -1 more than once.
type place struct{ a, b int32 }

// compare notes the changes in a part of the texts.
func (d *differ) compare(e change, depth int) {
	for e.a0 < e.a1 && e.b0 < e.b1 && d.a[e.a0] == d.b[e.b0] {
		e.a0, e.b0 = e.a0+1, e.b0+1
	}
	for e.a0 < e.a1 && e.b0 < e.b1 && d.a[e.a1-1] == d.b[e.b1-1] {
		e.a1, e.b1 = e.a1-1, e.b1-1
	}
	if e.a0 == e.a1 && e.b0 == e.b1 {
		return
	}
	var anchors []place
	if e.a0 < e.a1 && e.b0 < e.b1 && depth < maxDepth {
		anchors = d.anchors(d.a[e.a0:e.a1], d.b[e.b0:e.b1])
	}
	if len(anchors) == 0 {
		d.note(e)
		return
	}
	rest := e
	for _, at := range anchors {
		i, j := e.a0+int(at.a), e.b0+int(at.b)
		d.compare(change{rest.a0, i, rest.b0, j}, depth+1)
		rest.a0, rest.b0 = i, j
	}
	d.compare(rest, depth+1)
}

// note adds a change; one that touches the last is part of it.
func (d *differ) note(e change) {
	if last := len(d.changes) - 1; last >= 0 && d.changes[last].a1 == e.a0 && d.changes[last].b1 == e.b0 {
		d.changes[last].a1, d.changes[last].b1 = e.a1, e.b1
		return
	}
	d.changes = append(d.changes, e)
}

// anchors finds what stands once in a and once in b, in an order that both
// have. Where no line does, pairs of lines may, and so on: of two roles in one
// account each, no line is alone, but every account with its role is.
func (d *differ) anchors(a, b []int32) []place {
	for width := 1; ; width *= 2 {
		if once := d.once(a, b); len(once) > 0 {
			return longestRun(once)
		}
		if width == 4 || len(a) < 2*width || len(b) < 2*width {
			return nil
		}
		numbers := make(map[[2]int32]int32, len(a))
		a, b = pairs(a, width, numbers), pairs(b, width, numbers)
	}
}

// pairs numbers each item together with the one that stands distance behind it.
func pairs(items []int32, distance int, numbers map[[2]int32]int32) []int32 {
	result := make([]int32, len(items)-distance)
	for i := range result {
		pair := [2]int32{items[i], items[i+distance]}
		number, known := numbers[pair]
		if !known {
			number = int32(len(numbers))
			numbers[pair] = number
		}
		result[i] = number
	}
	return result
}

// once finds the numbers that stand once in a and once in b, in the order of b.
func (d *differ) once(a, b []int32) (found []place) {
	note := func(at *int32, i int) {
		if *at == 0 {
			*at = int32(i) + 1
		} else {
			*at = -1
		}
	}
	for i, id := range a {
		note(&d.seen[id].a, i)
	}
	for i, id := range b {
		note(&d.seen[id].b, i)
	}
	for _, id := range b {
		if at := d.seen[id]; at.a > 0 && at.b > 0 {
			found = append(found, place{at.a - 1, at.b - 1})
		}
	}
	for _, ids := range [][]int32{a, b} {
		for _, id := range ids {
			d.seen[id] = place{}
		}
	}
	return found
}

// longestRun leaves of places, which are in the order of b, as many as possible
// that are in the order of a, too.
func longestRun(places []place) []place {
	var ends []int // by length-1: index of the run's last place, the smallest in a
	before := make([]int, len(places))
	for i, p := range places {
		n, _ := slices.BinarySearchFunc(ends, p.a, func(end int, a int32) int { return int(places[end].a - a) })
		before[i] = -1
		if n > 0 {
			before[i] = ends[n-1]
		}
		if n == len(ends) {
			ends = append(ends, i)
		} else {
			ends[n] = i
		}
	}
	run := make([]place, len(ends))
	for i, at := len(ends)-1, ends[len(ends)-1]; i >= 0; i-- {
		run[i] = places[at]
		at = before[at]
	}
	return run
}
