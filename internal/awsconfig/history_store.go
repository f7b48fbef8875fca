package awsconfig

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"aws-sso-config-generator/internal/atomicfile"
)

const (
	indexExtension   = ".history"
	versionExtension = ".config" // the bytes as they were, for whoever wants them without us
	baseExtension    = ".base.gz"

	historyLimit = 64 << 20 // bytes of a version or a base
	indexLimit   = 1 << 20
)

// errDamaged says that a file was read and is not what we wrote.
var errDamaged = errors.New("damaged")

// A historyStore is a history that was opened.
type historyStore struct {
	root  *os.Root
	key   string // what the names of its files begin with
	index historyIndex
}

func (s *historyStore) close() { _ = s.root.Close() }

// place is where the history is: the config file's own path, behind all links,
// and what the names of its files begin with.
func (h *History) place() (path, key string, err error) {
	path, err = atomicfile.Resolved(h.path)
	return path, fmt.Sprintf("%.16x", sha256.Sum256([]byte(path))), err
}

// isThere says whether there is a history, however it may be.
func (h *History) isThere() bool {
	_, key, err := h.place()
	if err != nil {
		return false
	}
	_, err = os.Lstat(filepath.Join(h.dir, key+indexExtension))
	return err == nil || errors.Is(err, fs.ErrPermission) // what cannot be seen may be there
}

// open opens the history to read it; nil where there is none.
func (h *History) open() (*historyStore, error) {
	s, err := h.load()
	if err == nil {
		return s, nil
	}
	if s != nil {
		s.close()
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return nil, fmt.Errorf("%w: %w", ErrHistory, err)
}

// openToWrite makes the directory, and an empty history if there is none or a
// damaged one.
func (h *History) openToWrite() (*historyStore, error) {
	if err := os.MkdirAll(h.dir, 0o700); err != nil {
		return nil, err
	}
	s, err := h.load()
	if err == nil {
		return s, nil
	}
	if s == nil {
		return nil, err
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errDamaged) {
		path, _, err := h.place()
		s.index = historyIndex{Format: historyFormat, Path: path}
		return s, err
	}
	s.close()
	return nil, err
}

// load opens the directory and reads the index. The store is not nil if the
// directory could be opened.
func (h *History) load() (*historyStore, error) {
	path, key, err := h.place()
	if err != nil {
		return nil, err
	}
	root, err := atomicfile.OpenPrivate(h.dir)
	if err != nil {
		return nil, err
	}
	s := &historyStore{root: root, key: key}
	name := key + indexExtension
	data, err := atomicfile.ReadPrivate(root, name, indexLimit)
	if err == nil {
		if err = json.Unmarshal(data, &s.index); err == nil {
			err = s.index.check(path)
		}
		if err != nil {
			err = fmt.Errorf("%w: %w", errDamaged, err)
		}
	} else if errors.Is(err, atomicfile.ErrTooLarge) {
		err = fmt.Errorf("%w: %w", errDamaged, err)
	}
	if err != nil {
		return s, fmt.Errorf("%s: %w", filepath.Join(h.dir, name), err)
	}
	return s, nil
}

func (s *historyStore) save() error {
	data, err := json.MarshalIndent(s.index, "", "  ")
	if err != nil {
		return err
	}
	if len(data) > indexLimit {
		return fmt.Errorf("index: %w", atomicfile.ErrTooLarge)
	}
	return atomicfile.ReplacePrivate(s.root, s.key+indexExtension, append(data, '\n'))
}

func (s *historyStore) name(digest, extension string) string { return s.key + "-" + digest + extension }

// read reads what has a digest.
func (s *historyStore) read(digest, extension string) ([]byte, error) {
	var data bytes.Buffer
	var size byteCount // what is known to be good is then read at its size, not at twice of it
	err := s.copy(&size, digest, extension)
	if err == nil {
		data.Grow(int(size))
		err = s.copy(&data, digest, extension)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(s.root.Name(), s.name(digest, extension)), err)
	}
	return data.Bytes(), nil
}

// copy writes what has a digest to w, and says whether it was that.
func (s *historyStore) copy(w io.Writer, digest, extension string) error {
	name := s.name(digest, extension)
	if err := atomicfile.RegularPrivate(s.root, name); err != nil {
		return err
	}
	file, err := s.root.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	var r io.Reader = file
	if extension == baseExtension {
		if r, err = gzip.NewReader(file); err != nil {
			return fmt.Errorf("%w: %w", errDamaged, err)
		}
	}
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, hash), io.LimitReader(r, historyLimit+1))
	switch {
	case err != nil:
		return err
	case n > historyLimit:
		return atomicfile.ErrTooLarge
	case hex.EncodeToString(hash.Sum(nil)) != digest:
		return errDamaged
	}
	return nil
}

// keep writes data, unless it is there.
func (s *historyStore) keep(data []byte, digest, extension string) error {
	if len(data) > historyLimit {
		return atomicfile.ErrTooLarge
	}
	if s.copy(io.Discard, digest, extension) == nil {
		return nil
	}
	return atomicfile.ReplacePrivate(s.root, s.name(digest, extension), data)
}

// sweep removes what the index does not name: what became too old, and what
// killed runs left.
func (s *historyStore) sweep() error {
	named := make(map[string]bool)
	moments := []historyMoment{s.index.Now}
	if s.index.Next != nil {
		moments = append(moments, *s.index.Next)
	}
	for _, v := range s.index.Versions {
		moments = append(moments, v.historyMoment)
		named[s.name(v.File, versionExtension)] = true
	}
	for _, m := range moments {
		for _, digest := range m.Bases {
			named[s.name(digest, baseExtension)] = true
		}
	}
	entries, err := fs.ReadDir(s.root.FS(), ".")
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), s.key+"-") && !named[e.Name()] {
			err = errors.Join(err, s.root.Remove(e.Name()))
		}
	}
	return err
}

// keepBase keeps the sections that a session writes and returns their digest.
func (s *historyStore) keepBase(session string, sections []Section) (string, error) {
	if slices.ContainsFunc(sections, func(s Section) bool { return s.AsIs }) {
		before, _ := s.base(s.index.Now.Bases[session], session) // Base has said what is wrong with it
		sections = carryOver(sections, before)
	}
	if err := CheckName(session); err != nil {
		return "", fmt.Errorf("name of session %q: %w", session, err)
	}
	for _, section := range sections {
		if err := section.check(); err != nil {
			return "", fmt.Errorf("%s %q: %w", section.Kind, section.Name, err)
		}
	}
	hash := sha256.New()
	writeBase(hash, sections)
	digest := hex.EncodeToString(hash.Sum(nil))
	var data bytes.Buffer // a twentieth of the text: with many profiles, that is not in memory as a whole
	zip, err := gzip.NewWriterLevel(&data, gzip.BestSpeed)
	if err != nil {
		return "", err
	}
	writeBase(zip, sections)
	if err := zip.Close(); err != nil {
		return "", err
	}
	return digest, s.keep(data.Bytes(), digest, baseExtension)
}

// carryOver puts what was written last in the place of sections that stay as they
// are. Where that is not known, nothing is.
func carryOver(sections, before []Section) []Section {
	last := make(map[id]Section, len(before))
	for _, s := range before {
		last[id{s.Kind, s.Name}] = s
	}
	var written []Section
	for _, s := range sections {
		known := true
		if s.AsIs {
			s, known = last[id{s.Kind, s.Name}]
		}
		if known {
			written = append(written, s)
		}
	}
	return written
}

// base reads a base; the digest "" has none.
func (s *historyStore) base(digest, session string) ([]Section, error) {
	if digest == "" {
		return nil, nil
	}
	text, err := s.read(digest, baseExtension)
	if err != nil {
		return nil, err
	}
	var sections []Section
	for _, span := range Parse(text).sections {
		var keys keySet
		keys.readWhole(text[span.body:span.end])
		alias := bytes.Contains(text[span.start:span.body], []byte(aliasComment))
		sections = append(sections, Section{Kind: span.kind, Name: span.name, Keys: keys.keys, Alias: alias})
	}
	if err := checkSections(session, sections); err != nil {
		return nil, fmt.Errorf("%s: %w", s.name(digest, baseExtension), err)
	}
	return sections, nil
}

// aliasComment marks an alias in a base.
const aliasComment = " # alias"

// writeBase writes the form in which a base is kept: that of the config file,
// which has one meaning for everything that the guard lets pass.
func writeBase(w io.Writer, sections []Section) {
	b := bufio.NewWriter(w) // neither a hash nor a buffer fails
	for _, s := range sections {
		_, _ = b.WriteString(s.header())
		if s.Alias {
			_, _ = b.WriteString(aliasComment)
		}
		_, _ = b.WriteString("\n")
		for _, key := range s.Keys {
			_, _ = b.WriteString(key.write("", "\n"))
		}
	}
	_ = b.Flush()
}

// A byteCount counts what is written to it.
type byteCount int

func (c *byteCount) Write(p []byte) (int, error) {
	*c += byteCount(len(p))
	return len(p), nil
}
