package awsconfig

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// services is a kind of section that others write.
const services = "services"

var (
	kinds = []string{Profile, SSOSession, services}

	quotedName       = regexp.MustCompile(`^\S+[ \t]+(?:"([^"\\]*)"|'([^']*)')$`)
	javaScriptName   = regexp.MustCompile(`^([\w-]+)[\s\v\pZ\x{feff}](?:([\w\-@+.%:/]+)|"([\w\-@+.%:/]+)"|'([\w\-@+.%:/]+)')$`)
	javaScriptEnds   = []string{"__proto__", "profile __proto__"}
	javaScriptObject = "constructor" // its keys would become functions of the language
)

// readHeader says what a header is meant for, with kind "" for sections that are
// not ours to judge, and which readers do not take it for that. header is what
// Python sees in it.
func readHeader(line, text []byte, header string) (meant id, losses Losses) {
	if meant, ok := plainHeader(line, header); ok {
		return meant, losses
	}
	var seen [3]id
	var ok [3]bool
	seen[AWSCLI], ok[AWSCLI] = pythonID(header)
	inGo, goSees := goHeader(line)
	seen[GoSDK], ok[GoSDK] = goID(inGo)
	seen[JavaScriptSDK], ok[JavaScriptSDK] = javaScriptID(line)
	if first := slices.Index(ok[:], true); first >= 0 {
		meant = seen[first]
	} else if meant.kind, meant.name = parseHeader(text); meant.kind == "" || header == "DEFAULT" {
		if !goSees { // its keys are those of the section above
			losses[GoSDK] = LosesSection
		}
		if _, sees := javaScriptSection(line); !sees {
			losses[JavaScriptSDK] = LosesSection
		}
		return id{}, losses
	}
	for reader := range losses {
		if !ok[reader] || seen[reader] != meant {
			losses[reader] = LosesSection
		}
	}
	return meant, losses
}

// plainHeader is a header that all take for the same, as nearly all are: there
// is nothing else to look at.
func plainHeader(line []byte, header string) (id, bool) {
	name, ok := strings.CutPrefix(header, Profile+" ")
	if !ok || CheckName(name) != nil || len(bytes.TrimRight(line, "\r\n")) != len(header)+2 {
		return id{}, false
	}
	return id{Profile, name}, true
}

// pythonID says what botocore takes a header for: it splits it as a shell
// does, but looks only at the beginning of the first word.
func pythonID(header string) (id, bool) {
	if name, ok := strings.CutPrefix(header, Profile+" "); ok && CheckName(name) == nil {
		return id{Profile, name}, true
	}
	if header == "default" {
		return id{Profile, header}, true
	}
	i := slices.IndexFunc(kinds, func(kind string) bool { return strings.HasPrefix(header, kind) })
	if i < 0 {
		return id{}, false
	}
	if match := quotedName.FindStringSubmatch(header); match != nil {
		return id{kinds[i], match[1] + match[2]}, true
	}
	words := strings.FieldsFunc(header, func(r rune) bool { return strings.ContainsRune(" \t\r\n", r) })
	if len(words) != 2 || strings.ContainsAny(header, `"'\`) { // with more quotes, no two readers agree
		return id{}, false
	}
	return id{kinds[i], words[1]}, true
}

// goHeader returns what is between the brackets, if Go takes a line for a
// header: it cuts comments anywhere.
func goHeader(line []byte) (string, bool) {
	if i := bytes.IndexAny(line, "#;"); i >= 0 {
		line = line[:i]
	}
	return inBrackets(bytes.TrimSpace(line))
}

func inBrackets(text []byte) (string, bool) {
	if len(text) < 2 || text[0] != '[' || text[len(text)-1] != ']' {
		return "", false
	}
	return string(text[1 : len(text)-1]), true
}

func goID(header string) (id, bool) {
	header = strings.TrimSpace(header)
	if header == "default" {
		return id{Profile, header}, true
	}
	i := max(strings.IndexAny(header, " \t"), 0)
	kind, name := header[:i], strings.TrimLeft(header[i:], " \t")
	return id{kind, name}, slices.Contains(kinds, kind)
}

// javaScriptSection returns what is between the brackets, if JavaScript takes a
// line for a header.
func javaScriptSection(line []byte) (string, bool) {
	return inBrackets(bytes.TrimFunc(line[:javaScriptComment(line)], isSpace))
}

// javaScriptComment returns where a comment begins for JavaScript.
func javaScriptComment(line []byte) int {
	if !bytes.ContainsAny(line, "#;") {
		return len(line)
	}
	space := true
	for i, r := range string(line) {
		if space && (r == '#' || r == ';') {
			return i
		}
		space = isSpace(r)
	}
	return len(line)
}

func javaScriptID(line []byte) (id, bool) {
	header, ok := javaScriptSection(line)
	if !ok {
		return id{}, false
	}
	if header == "default" {
		return id{Profile, header}, true
	}
	if match := javaScriptName.FindStringSubmatch(header); match != nil {
		name := match[2] + match[3] + match[4]
		return id{match[1], name}, slices.Contains(kinds, match[1]) && name != "__proto__"
	}
	kind, name, ok := strings.Cut(header, ".") // as it joins the two
	return id{kind, name}, ok && slices.Contains(kinds, kind) && name != "__proto__"
}

// javaScriptThrows reports whether JavaScript gives up the file at a line.
func javaScriptThrows(line []byte) bool {
	if !bytes.Contains(line, []byte("__proto__")) && !bytes.Contains(line, []byte(javaScriptObject)) {
		return false
	}
	header, ok := javaScriptSection(line)
	return ok && (slices.Contains(javaScriptEnds, header) || header == javaScriptObject)
}

// goPanics reports whether a line has a lone quote as its value: the AWS SDK for
// Go takes it for two of them, and panics.
func goPanics(line []byte) bool {
	if !bytes.ContainsAny(line, `"'`) || len(bytes.TrimSpace(line)) == 0 {
		return false
	}
	if text := bytes.TrimLeft(line, " \t"); beginsComment(text) {
		return false
	}
	if _, ok := goHeader(line); ok {
		return false
	}
	if !isIndented(line) { // in nested lines, it cuts no comments
		for j := 1; j < len(line); j++ {
			if startsComment(line[j-1], line[j]) {
				line = line[:j-1]
				break
			}
		}
	}
	i := bytes.IndexAny(line, "=:")
	if i < 0 {
		return false
	}
	value := bytes.TrimSpace(line[i+1:])
	return len(value) == 1 && (value[0] == '"' || value[0] == '\'')
}
