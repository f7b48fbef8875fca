package cli

import (
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"aws-sso-config-generator/internal/awsconfig"
)

// sayMentions warns of the places that use the names of profiles that have another
// one now, or that are gone, as far as they are known and can be read.
func (r *run) sayMentions() {
	old := make(map[string]string) // its new name, "" if it is gone
	for _, name := range r.written.Removed {
		old[name] = ""
	}
	for _, rename := range slices.Concat(r.written.Renamed, r.written.Adopted) {
		if rename.Old != rename.New {
			old[rename.Old] = rename.New
		}
	}
	if len(old) == 0 {
		return
	}
	var lines []string
	add := func(where, name string) {
		if next, known := old[name]; known && next != "" {
			lines = append(lines, fmt.Sprintf("%s: %s, which is %s now", where, name, next))
		} else if known {
			lines = append(lines, fmt.Sprintf("%s: %s, which is gone", where, name))
		}
	}
	for _, name := range []string{"AWS_PROFILE", "AWS_DEFAULT_PROFILE"} {
		add("$"+name, r.Getenv(name))
	}
	for _, section := range r.written.file.Sections() {
		if section.Kind == awsconfig.Profile {
			add("source_profile of profile "+section.Name, section.Value("source_profile"))
		}
	}
	for _, path := range r.startUpFiles() {
		for number, name := range mentioned(path, old) {
			add(fmt.Sprintf("%s:%d", path, number), name)
		}
	}
	if len(lines) > 0 {
		r.Warn("these use names of profiles that are there no more, or not for long:")
		r.list(r.Say, lines)
	}
}

// startUpFiles is the files in which people name a profile: those of shells, direnv
// and kubectl.
func (a *app) startUpFiles() []string {
	var files []string
	if directory, err := os.Getwd(); err == nil {
		for {
			files = append(files, filepath.Join(directory, ".envrc"))
			if directory == filepath.Dir(directory) {
				break
			}
			directory = filepath.Dir(directory)
		}
	}
	home, err := a.home()
	if err != nil {
		return append(files, filepath.SplitList(a.Getenv("KUBECONFIG"))...)
	}
	for _, name := range []string{
		".profile", ".bashrc", ".bash_profile", ".bash_login", ".bash_aliases", ".zshenv", ".zprofile", ".zshrc", ".zlogin", ".kshrc",
		".config/fish/config.fish", ".config/powershell/profile.ps1", ".config/powershell/Microsoft.PowerShell_profile.ps1",
	} {
		files = append(files, filepath.Join(home, filepath.FromSlash(name)))
	}
	if kube := a.Getenv("KUBECONFIG"); kube != "" {
		return append(files, filepath.SplitList(kube)...)
	}
	return append(files, filepath.Join(home, ".kube", "config"))
}

// mostOfAFile is how much of such a file is read, in bytes.
const mostOfAFile = 1 << 20

// mentioned finds names in a file: as words of a line that, or the line above, is
// about a profile, as in AWS_PROFILE=dev, or --profile and dev in a list.
func mentioned(path string, names map[string]string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			return
		}
		file, err := os.Open(path)
		if err != nil {
			return
		}
		defer func() { _ = file.Close() }()
		data, err := io.ReadAll(io.LimitReader(file, mostOfAFile))
		if err != nil {
			return
		}
		number, about := 0, false
		for line := range strings.Lines(string(data)) {
			number++
			above := about
			about = strings.Contains(strings.ToLower(line), "profile")
			if !above && !about {
				continue
			}
			for word := range wordsOf(line, names) {
				if !yield(number, word) {
					return
				}
			}
		}
	}
}

// wordsOf finds the words of a line that are names, or whose parts are.
func wordsOf(line string, names map[string]string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for word := range strings.FieldsFuncSeq(line, func(r rune) bool { return outsideName(r) && !strings.ContainsRune("@+%:/", r) }) {
			if _, known := names[word]; known {
				if !yield(word) {
					return
				}
				continue
			}
			for part := range strings.FieldsFuncSeq(word, outsideName) {
				if _, known := names[part]; known && !yield(part) {
					return
				}
			}
		}
	}
}

// outsideName says that a character is in no name of a profile that we make of
// accounts and roles.
func outsideName(r rune) bool {
	return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-", r)
}
