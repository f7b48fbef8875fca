package settings

import "strings"

// Nearest returns the one of some names that somebody probably meant by a word, or "":
// one that begins so, or else the one that is a few letters away, and less than half of
// the word. Case, dashes and underscores do not count.
func Nearest(word string, names []string) string {
	if len(word) >= 3 {
		for _, name := range names {
			if strings.HasPrefix(name, word) {
				return name
			}
		}
	}
	return closest(word, names, func(name string) int { return min(3, max(1, len(word)/2), len(name)/2) })
}

// closest returns the name that is nearest to a word and not more than so many letters
// away, or "".
func closest(word string, names []string, most func(name string) int) string {
	best, distance := "", len(word)+1
	plain := strings.NewReplacer("-", "", "_", "", " ", "")
	word = strings.ToLower(plain.Replace(word))
	for _, name := range names {
		if d := editDistance(word, plain.Replace(name)); d < distance && d <= most(name) {
			best, distance = name, d
		}
	}
	return best
}

// editDistance is the Levenshtein distance of two words in bytes.
func editDistance(a, b string) int {
	if len(a) > 2*len(b) {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
