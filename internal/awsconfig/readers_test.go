package awsconfig

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	pythonHeader = regexp.MustCompile(`^\[(.+)\]`)
	pythonOption = regexp.MustCompile(`^(.*?)\s*[=:]\s*(.*)$`)
)

// readAsPython reads a config file as the AWS CLI does: Python's
// configparser.RawConfigParser with its strict rules, under which one bad line
// makes every aws command fail. It shares no code with the package.
func readAsPython(data []byte) (map[string]map[string]string, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("UnicodeDecodeError")
	}
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(data))
	space := func(r rune) bool { return unicode.IsSpace(r) || '\x1c' <= r && r <= '\x1f' }
	strip := func(s string) string { return strings.TrimFunc(s, space) }
	sections := make(map[string]map[string]string)
	var section map[string]string
	defaults := make(map[string]string) // of all [DEFAULT]
	var bad error
	option, indent := "", 0
	for number, line := range strings.Split(text, "\n") {
		value := strip(line)
		if value == "" || value[0] == '#' || value[0] == ';' {
			continue
		}
		column := utf8.RuneCountInString(line) - utf8.RuneCountInString(strings.TrimLeftFunc(line, space))
		if section != nil && option != "" && column > indent {
			section[option] += "\n" + value
			continue
		}
		indent = column
		if match := pythonHeader.FindStringSubmatch(value); match != nil {
			if name := match[1]; name == "DEFAULT" {
				section = defaults
			} else if sections[name] != nil {
				return nil, fmt.Errorf("line %d: DuplicateSectionError", number+1)
			} else {
				section = make(map[string]string)
				sections[name] = section
			}
			option = ""
			continue
		}
		if section == nil {
			return nil, fmt.Errorf("line %d: MissingSectionHeaderError", number+1)
		}
		match := pythonOption.FindStringSubmatch(value)
		if match == nil || match[1] == "" {
			bad = fmt.Errorf("line %d: ParsingError", number+1)
			continue
		}
		option = strings.ToLower(strip(match[1]))
		if _, ok := section[option]; ok {
			return nil, fmt.Errorf("line %d: DuplicateOptionError", number+1)
		}
		section[option] = strip(match[2])
	}
	for _, keys := range sections {
		for name, value := range keys {
			for line := range strings.SplitSeq(value, "\n") {
				if value != "" && value[0] == '\n' && line != "" && !strings.Contains(line, "=") {
					bad = fmt.Errorf("ConfigParseError in %s", name) // of botocore, which splits what is nested
				}
			}
		}
	}
	if len(defaults) > 0 {
		sections["DEFAULT"] = defaults
	}
	if keys, there := sections["default"]; there && sections["profile default"] == nil { // the same to botocore
		sections["profile default"] = keys
		delete(sections, "default")
	}
	return sections, bad
}

// readAsJavaScript reads a config file as the AWS SDK for JavaScript does, its
// profiles alone. What it calls s3.a is in the form of a nested value of s3.
func readAsJavaScript(data []byte) map[string]map[string]string {
	comment := regexp.MustCompile(`(?:^|\s)[;#]`)
	prefixed := regexp.MustCompile(`^profile\s(?:([\w\-@+.%:/]+)|"([\w\-@+.%:/]+)"|'([\w\-@+.%:/]+)')$`)
	profiles := make(map[string]map[string]string)
	name, in := "", ""
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		text := strings.TrimSpace(comment.Split(string(line), 2)[0])
		if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
			name, in = "", ""
			if match := prefixed.FindStringSubmatch(text[1 : len(text)-1]); match != nil {
				name = match[1] + match[2] + match[3]
			} else if text == "[default]" {
				name = "default"
			}
			continue
		}
		key, value, ok := strings.Cut(text, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if name == "" || !ok || key == "" {
			continue
		}
		if value == "" {
			in = key
			continue
		}
		if strings.TrimSpace(string(line[:1])) != "" {
			in = ""
		}
		if profiles[name] == nil {
			profiles[name] = make(map[string]string)
		}
		if in != "" {
			profiles[name][in] += "\n" + key + " = " + value
		} else {
			profiles[name][key] = value
		}
	}
	return profiles
}

// readAsGo reads a config file as the AWS SDK for Go does, its profiles alone, with
// what is nested in a key in the form of a value.
func readAsGo(data []byte) map[string]map[string]string {
	profiles := make(map[string]map[string]string)
	name, above := "", ""
	for line := range strings.SplitSeq(string(data), "\n") {
		header, _, _ := strings.Cut(line, "#")
		header, _, _ = strings.Cut(header, ";")
		header = strings.TrimSpace(header)
		if strings.HasPrefix(header, "[") && strings.HasSuffix(header, "]") {
			name, above = "", ""
			if words := strings.Fields(header[1 : len(header)-1]); len(words) == 2 && words[0] == "profile" {
				name = words[1]
			} else if len(words) == 1 && words[0] == "default" {
				name = words[0]
			}
			continue
		}
		if trimmed := strings.TrimLeft(line, " \t"); trimmed == "" || trimmed[0] == '#' || trimmed[0] == ';' {
			continue
		}
		nested := (line[0] == ' ' || line[0] == '\t') && above != "" && (profiles[name][above] == "" || profiles[name][above][0] == '\n')
		for _, mark := range []string{" #", " ;", "\t#", "\t;"} {
			if !nested {
				line, _, _ = strings.Cut(line, mark)
			}
		}
		i := strings.IndexAny(line, "=:")
		if name == "" || i < 0 {
			continue
		}
		value := strings.TrimSpace(line[i+1:])
		if last := len(value) - 1; last >= 0 && (value[0] == '"' || value[0] == '\'') && value[0] == value[last] {
			value = value[1:last] // panics at a lone quote, as Go does
		}
		if profiles[name] == nil {
			profiles[name] = make(map[string]string)
		}
		key := strings.ToLower(strings.TrimSpace(line[:i]))
		if nested {
			profiles[name][above] += "\n" + key + " = " + value
			continue
		}
		above = key
		profiles[name][key] = value
	}
	return profiles
}
