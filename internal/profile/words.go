package profile

import (
	"strings"
	"unicode"
)

// words are the words of a text in lower case: runs of letters and digits, and in
// those the parts that begin with a capital, as in AWSPowerUserAccess. A digit
// belongs to what stands before it.
func words(text string) []string {
	var words []string
	start := 0
	end := func(i int) {
		if start < i {
			words = append(words, strings.ToLower(text[start:i]))
		}
	}
	for i := range len(text) {
		switch {
		case !isLetter(text[i]) && !isDigit(text[i]):
			end(i)
			start = i + 1
		case i > start && isCapital(text[i]) && (!isCapital(text[i-1]) || i+1 < len(text) && isLetter(text[i+1]) && !isCapital(text[i+1])):
			end(i)
			start = i
		}
	}
	end(len(text))
	return words
}

func isCapital(c byte) bool { return 'A' <= c && c <= 'Z' }
func isLetter(c byte) bool  { return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' }
func isDigit(c byte) bool   { return '0' <= c && c <= '9' }

// title is a text with a capital at the beginning of every word.
func title(text string) string {
	inside := false
	return strings.Map(func(r rune) rune {
		began := inside
		if inside = unicode.IsLetter(r) || unicode.IsDigit(r); inside && !began {
			return unicode.ToTitle(r)
		}
		return r
	}, text)
}
