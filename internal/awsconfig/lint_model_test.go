package awsconfig

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// reading is what a reader makes of a file: values by section and key, those
// of nested keys with a dot, empty ones left out.
type reading map[id]map[string]string

func (r reading) set(section id, key, value string) {
	if value == "" {
		return
	}
	if r[section] == nil {
		r[section] = make(map[string]string)
	}
	r[section][key] = value
}

// readAsBotocore is readAsPython with what the AWS CLI makes of it.
func readAsBotocore(data []byte) (reading, error) {
	sections, err := readAsPython(data)
	if err != nil {
		return nil, err
	}
	type header struct {
		name string
		line int
	}
	var headers []header // the later of two spellings counts
	for name := range sections {
		headers = append(headers, header{name, strings.LastIndex(string(data), "["+name+"]")})
	}
	slices.SortFunc(headers, func(a, b header) int { return a.line - b.line })
	result := make(reading)
	for _, h := range headers {
		if h.name == "DEFAULT" && len(headers) == 1 {
			continue
		}
		kind, words := "", shellWords(h.name)
		for _, prefix := range kinds {
			if strings.HasPrefix(h.name, prefix) && len(words) == 2 {
				kind = prefix
			}
		}
		if h.name == "default" {
			kind, words = Profile, []string{"", "default"}
		}
		at := id{}
		if kind != "" {
			at = id{kind, words[1]}
			delete(result, at)
		}
		for key, value := range sections[h.name] {
			if !strings.HasPrefix(value, "\n") {
				result.set(at, key, value)
				continue
			}
			for line := range strings.FieldsFuncSeq(value, func(r rune) bool { return strings.ContainsRune("\n\v\f\r\x1c\x1d\x1e\u0085\u2028\u2029", r) }) {
				if line = strings.TrimFunc(line, func(r rune) bool { return unicode.IsSpace(r) || '\x1c' <= r && r <= '\x1f' }); line == "" {
					continue
				}
				name, value, ok := strings.Cut(line, "=")
				if !ok {
					return nil, errors.New("ValueError")
				}
				result.set(at, key+"."+strings.TrimSpace(name), strings.TrimSpace(value))
			}
		}
	}
	delete(result, id{})
	return result, nil
}

// shellWords is Python's shlex.split; nil where it raises.
func shellWords(text string) []string {
	var words []string
	var word strings.Builder
	inWord, quote := false, rune(0)
	escaped := false
	for _, r := range text {
		switch {
		case escaped:
			if quote == '"' && r != '"' && r != '\\' {
				word.WriteByte('\\')
			}
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, inWord = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, inWord = r, true
		case strings.ContainsRune(" \t\r\n", r):
			if inWord {
				words = append(words, word.String())
				word.Reset()
			}
			inWord = false
		default:
			inWord = true
			word.WriteRune(r)
		}
	}
	if quote != 0 || escaped {
		return nil
	}
	if inWord {
		words = append(words, word.String())
	}
	return words
}

// readAsGoSDK follows the source of the AWS SDK for Go closely.
func readAsGoSDK(data []byte) (result reading, panics bool) {
	defer func() { panics = recover() != nil }()
	result = make(reading)
	section, known, key := id{}, false, ""
	values := make(map[id]map[string]string)
	set := func(k, v string) {
		if known {
			key = k
			if values[section] == nil {
				values[section] = make(map[string]string)
			}
			values[section][k] = v
		}
	}
	comment := regexp.MustCompile(`[ \t][#;]`)
	split := func(s string) (string, string, bool) {
		i := strings.IndexAny(s, "=:")
		if i < 0 {
			return "", "", false
		}
		v := strings.TrimSpace(s[i+1:])
		if v != "" && (v[0] == '"' || v[0] == '\'') && v[len(v)-1] == v[0] {
			v = v[1 : len(v)-1]
		}
		return strings.ToLower(strings.TrimSpace(s[:i])), v, true
	}
	for line := range strings.SplitSeq(string(data), "\n") {
		trimmed := strings.TrimLeft(line, " \t")
		if strings.TrimSpace(line) == "" || trimmed[0] == '#' || trimmed[0] == ';' {
			continue
		}
		header := line
		if i := strings.IndexAny(line, "#;"); i >= 0 {
			header = line[:i]
		}
		if header = strings.TrimSpace(header); strings.HasPrefix(header, "[") && strings.HasSuffix(header, "]") {
			header = strings.TrimSpace(header[1 : len(header)-1])
			kind, name, _ := strings.Cut(regexp.MustCompile(`[ \t]+`).ReplaceAllString(header, " "), " ")
			section, key, known = id{kind, name}, "", true
			if name == "" {
				section = id{"", kind}
			}
			continue
		}
		if line[0] != ' ' && line[0] != '\t' {
			cut := line
			if at := comment.FindStringIndex(line); at != nil {
				cut = line[:at[0]]
			}
			if k, v, ok := split(cut); ok {
				set(k, v)
			}
			continue
		}
		k, v, ok := split(trimmed)
		before := values[section][key]
		switch {
		case ok && (!known || key == "" || before != "" && !strings.HasPrefix(before, "\x00")):
			if at := comment.FindStringIndex(v); at != nil {
				v = v[:at[0]]
			}
			set(k, strings.TrimSpace(v))
		case ok:
			values[section][key] = before + "\x00" + k + "\x01" + v
		case before != "" && !strings.HasPrefix(before, "\x00"):
			values[section][key] = before + "\n" + strings.TrimSpace(trimmed)
		}
	}
	for at, keys := range values {
		_, prefixed := values[id{Profile, "default"}]
		switch {
		case at == id{"", "default"}:
			if prefixed {
				continue
			}
			at = id{Profile, "default"}
		case !slices.Contains(kinds, at.kind):
			continue
		}
		for k, v := range keys {
			if nested, ok := strings.CutPrefix(v, "\x00"); ok {
				for part := range strings.SplitSeq(nested, "\x00") {
					name, value, _ := strings.Cut(part, "\x01")
					result.set(at, k+"."+name, value)
				}
				continue
			}
			result.set(at, k, v)
		}
	}
	return result, false
}

// readAsJavaScriptSDK follows the source of the AWS SDK for JavaScript closely.
func readAsJavaScriptSDK(data []byte) (reading, bool) {
	space := `[\s\v\pZ\x{feff}]`
	comment := regexp.MustCompile(`(?:^|` + space + `)[;#]`)
	pattern := regexp.MustCompile(`^([\w-]+)` + space + `(["']?)([\w\-@+.%:/]+)(["']?)$`)
	trim := func(s string) string {
		return strings.TrimFunc(s, func(r rune) bool { return r != '\u0085' && unicode.IsSpace(r) || r == '\ufeff' })
	}
	sections := make(map[string]map[string]string)
	section, sub := "", ""
	for line := range strings.SplitSeq(string(data), "\n") {
		line = strings.TrimSuffix(line, "\r")
		text := trim(comment.Split(line, 2)[0])
		if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
			section, sub = "", ""
			name := text[1 : len(text)-1]
			if match := pattern.FindStringSubmatch(name); match != nil && match[2] == match[4] {
				if slices.Contains(kinds, match[1]) {
					section = match[1] + "." + match[3]
				}
			} else {
				section = name
			}
			if name == "__proto__" || name == "profile __proto__" {
				return nil, true
			}
			continue
		}
		i := strings.Index(text, "=")
		if section == "" || i <= 0 {
			continue
		}
		key, value := trim(text[:i]), trim(text[i+1:])
		if value == "" {
			sub = key
			continue
		}
		if sub != "" && strings.TrimLeftFunc(line, func(r rune) bool { return trim(string(r)) == "" }) == line {
			sub = ""
		}
		if sections[section] == nil {
			sections[section] = make(map[string]string)
		}
		if sub != "" {
			sections[section][sub+"."+key] = value
		} else if key != "__proto__" {
			sections[section][key] = value
		}
	}
	result := make(reading)
	for name, keys := range sections {
		kind, rest, dotted := strings.Cut(name, ".")
		at := id{kind, rest}
		if !dotted {
			at = id{}
		}
		if name == "default" && sections["profile.default"] == nil {
			at = id{Profile, name}
		}
		if slices.Contains(kinds, at.kind) && rest != "__proto__" {
			for key, value := range keys {
				result.set(at, key, value)
			}
		}
	}
	return result, false
}
