package awsconfig

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Reader is one of the programs that read the file, each in its own way.
type Reader int

// The readers that [Lint] knows.
const (
	AWSCLI Reader = iota // and everything else on botocore
	GoSDK
	JavaScriptSDK
)

var readerNames = [...]string{"the AWS CLI", "the AWS SDK for Go", "the AWS SDK for JavaScript"}

// String returns the reader's name as it stands in a sentence.
func (r Reader) String() string { return readerNames[r] }

// Loss is how much of the file a reader loses to a fault.
type Loss int

// From nothing to everything.
const (
	LosesNothing Loss = iota
	LosesKey
	LosesSection
	LosesFile
)

// Losses are what each reader loses, by [Reader].
type Losses [3]Loss

// Fault is a place in the file that a reader chokes on, or reads differently
// from the others.
type Fault struct {
	Kind FaultKind
	Line int // from 1
	// First is the line of what this one repeats, or 0.
	First int
	// What is the section, key or line that it is about, as the file has it: it
	// may hold anything but a line end.
	What   string
	Losses Losses
}

// FaultKind names a kind of fault. The names do not change.
type FaultKind string

// The kinds of faults.
const (
	NotUTF8          FaultKind = "not-utf8"
	NUL              FaultKind = "nul"
	ByteOrderMark    FaultKind = "byte-order-mark"
	LoneCR           FaultKind = "lone-cr"
	OddSpace         FaultKind = "odd-space"
	BeforeSection    FaultKind = "before-section"
	NoSeparator      FaultKind = "no-separator"
	NoKey            FaultKind = "no-key"
	BrokenHeader     FaultKind = "broken-header"
	UnreadHeader     FaultKind = "unread-header"
	IndentedHeader   FaultKind = "indented-header"
	ReservedName     FaultKind = "reserved-name"
	DefaultSection   FaultKind = "default-section"
	DuplicateSection FaultKind = "duplicate-section"
	DuplicateProfile FaultKind = "duplicate-profile"
	DuplicateKey     FaultKind = "duplicate-key"
	EmptySection     FaultKind = "empty-section"
	NestedLine       FaultKind = "nested-line"
	NestedEmpty      FaultKind = "nested-empty"
	IndentedKey      FaultKind = "indented-key"
	Continuation     FaultKind = "continuation"
	CommentInValue   FaultKind = "comment-in-value"
	QuotedValue      FaultKind = "quoted-value"
	LoneQuote        FaultKind = "lone-quote"
	CapitalKey       FaultKind = "capital-key"
	Colon            FaultKind = "colon"
)

// A rule says of a kind of fault what it is, and what each reader loses to it
// wherever it stands; where that depends, the linter says it.
type rule struct {
	says   string // %s or %q is what the fault is about
	losses Losses
}

var rules = map[FaultKind]rule{
	NotUTF8:          {"bytes that are not UTF-8 in %q", Losses{AWSCLI: LosesFile}},
	NUL:              {"a NUL byte in %q", Losses{}},
	ByteOrderMark:    {"a byte order mark at the beginning", Losses{AWSCLI: LosesFile}},
	LoneCR:           {"a line that ends in CR alone", Losses{GoSDK: LosesSection, JavaScriptSDK: LosesSection}},
	OddSpace:         {"white space that not every reader takes for it in %q", Losses{}},
	BeforeSection:    {"%q before the first section", Losses{LosesFile, LosesKey, LosesKey}},
	NoSeparator:      {"no = in %q", Losses{LosesFile, LosesKey, LosesKey}},
	NoKey:            {"no name of a key in %q", Losses{LosesFile, LosesKey, LosesKey}},
	BrokenHeader:     {"%q is not a whole header, so that its keys belong to the section above", Losses{LosesSection, LosesSection, LosesSection}},
	UnreadHeader:     {"%q is written as not every reader reads it", Losses{}},
	IndentedHeader:   {"%q is indented under a key, and so part of its value", Losses{AWSCLI: LosesSection}},
	ReservedName:     {"%q is reserved in JavaScript", Losses{JavaScriptSDK: LosesFile}},
	DefaultSection:   {"the keys of %s count in every section", Losses{AWSCLI: LosesSection}},
	DuplicateSection: {"second %s", Losses{AWSCLI: LosesFile}},
	DuplicateProfile: {"%s is there in another spelling, which it replaces", Losses{AWSCLI: LosesSection}},
	DuplicateKey:     {"second %s", Losses{AWSCLI: LosesFile}},
	EmptySection:     {"%s has no keys with = and a value", Losses{JavaScriptSDK: LosesSection}},
	NestedLine:       {"no = in %q, which is nested in an empty key", Losses{AWSCLI: LosesFile}},
	NestedEmpty:      {"%s is empty and nested, so that the next lines belong to it", Losses{JavaScriptSDK: LosesKey}},
	IndentedKey:      {"%s is indented under a key, and so part of its value for some", Losses{}},
	Continuation:     {"%s goes on with the value above", Losses{JavaScriptSDK: LosesKey}},
	CommentInValue:   {"a comment behind the value of %s becomes part of it", Losses{AWSCLI: LosesKey}},
	QuotedValue:      {"quotes around the value of %s, which the AWS SDK for Go alone strips", Losses{LosesKey, LosesNothing, LosesKey}},
	LoneQuote:        {"a lone quote as a value in %q", Losses{GoSDK: LosesFile}},
	CapitalKey:       {"capitals in %s", Losses{JavaScriptSDK: LosesKey}},
	Colon:            {"a colon in place of = behind %s", Losses{JavaScriptSDK: LosesKey}},
}

// effects say what a loss is for one reader, and for more.
var effects = map[Loss][2]string{
	LosesKey:     {"reads this key otherwise, or not at all", "read this key otherwise, or not at all"},
	LosesSection: {"reads this section otherwise, or not at all", "read this section otherwise, or not at all"},
	LosesFile:    {"refuses the whole file", "refuse the whole file"},
}

// maxWhat is how many bytes of a long line a sentence shows.
const maxWhat = 80

// String says what is wrong and for whom, in one sentence that is fit for a
// terminal.
func (f Fault) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "line %d: ", f.Line)
	what := f.What
	if end := maxWhat; len(what) > end {
		for end > maxWhat-utf8.UTFMax && !utf8.RuneStart(what[end]) {
			end--
		}
		what = what[:end] + "…"
	}
	switch says := rules[f.Kind].says; {
	case strings.Contains(says, "%q"):
		fmt.Fprintf(&text, says, what)
	case strings.Contains(says, "%s"):
		quoted := strconv.Quote(what)
		fmt.Fprintf(&text, says, strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`))
	default:
		text.WriteString(says)
	}
	separator := "; "
	for loss := LosesFile; loss > LosesNothing; loss-- {
		var who []string
		for reader, lost := range f.Losses {
			if lost == loss {
				who = append(who, Reader(reader).String())
			}
		}
		if len(who) == 0 {
			continue
		}
		effect := effects[loss][min(len(who), 2)-1]
		if f.Kind == LoneQuote {
			effect = "panics"
		}
		if last := len(who) - 1; last > 0 {
			who = []string{strings.Join(who[:last], ", ") + " and " + who[last]}
		}
		text.WriteString(separator + who[0] + " " + effect)
		separator = ", "
	}
	if f.First > 0 {
		fmt.Fprintf(&text, " (first in line %d)", f.First)
	}
	return text.String()
}

// Lint finds what the readers of a config file choke on, or read differently
// from each other, by line. Where it finds nothing, they read the same.
func Lint(data []byte) []Fault {
	l := newLinter(data)
	for _, line := range lines(data) {
		l.number++
		l.line(line)
	}
	l.closeSection()
	for _, i := range l.inDefault {
		if len(l.sections) == 0 { // for botocore, the keys of [DEFAULT] are nowhere
			l.faults[i].Losses[AWSCLI] = LosesKey
		}
	}
	slices.SortStableFunc(l.faults, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
	return l.faults
}

// NewFaults finds the faults of after that before has not, wherever they stand.
func NewFaults(before, after []byte) []Fault {
	type content struct {
		kind   FaultKind
		what   string
		losses Losses
	}
	had := make(map[content]int)
	for _, f := range Lint(before) {
		had[content{f.Kind, f.What, f.Losses}]++
	}
	return slices.DeleteFunc(Lint(after), func(f Fault) bool {
		had[content{f.Kind, f.What, f.Losses}]--
		return had[content{f.Kind, f.What, f.Losses}] >= 0
	})
}
