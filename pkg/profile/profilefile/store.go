package profilefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/profile"
)

// Store reads profiles by name from directories, and from nowhere else. Every file is read once: asked for again, a name
// means the same text. A Store is not for concurrent use.
type Store struct {
	dirs  []directory
	files map[string]*File
	order []*File
}

// directory is a directory of a Store; its root is nil where there was none when the Store was opened.
type directory struct {
	path string
	root *os.Root
}

// File is a profile's text as it was read.
type File struct {
	// Name is what it was asked for by, Path the directory and the name.
	Name, Path string
	Data       []byte
}

// OpenStore opens directories, of which an earlier one goes before a later one. One that does not exist has no profiles.
// One that somebody else than root or this process's user owns, or may write to, is refused.
func OpenStore(dirs []string) (*Store, error) {
	s := &Store{files: map[string]*File{}}
	for _, dir := range dirs {
		root, err := os.OpenRoot(dir)
		if errors.Is(err, fs.ErrNotExist) {
			s.dirs = append(s.dirs, directory{path: dir})
			continue
		}
		if err == nil {
			s.dirs = append(s.dirs, directory{dir, root})
			err = trustedDirectory(root, dir)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open profile directory %q: %w", dir, err), s.Close())
		}
	}
	return s, nil
}

// Close closes the directories.
func (s *Store) Close() error {
	var errs []error
	for _, d := range s.dirs {
		if d.root != nil {
			errs = append(errs, d.root.Close())
		}
	}
	return errors.Join(errs...)
}

// Files lists what was read, in the order of reading.
func (s *Store) Files() []File {
	out := make([]File, len(s.order))
	for i, f := range s.order {
		out[i] = *f
	}
	return out
}

// Load reads a profile by name, relative to the directories, and joins it to its base. "builtin/NAME" is a built-in one,
// whatever the directories have. A base is looked for by its name, and by that with .yaml, .yml or .json.
func (s *Store) Load(name string) (*profile.Profile, error) {
	p, err := s.parse(name)
	if err != nil {
		return nil, err
	}
	return profile.Join(p, s.base)
}

func (s *Store) parse(name string) (*profile.Profile, error) {
	if short, ok := strings.CutPrefix(name, builtinPrefix); ok {
		return builtin(short)
	}
	f, err := s.read(name)
	if err != nil {
		return nil, err
	}
	return Parse(f.Path, f.Data)
}

func (s *Store) base(name string) (*profile.Profile, error) {
	for _, ext := range []string{"", ".yaml", ".yml", ".json"} {
		p, err := s.parse(name + ext)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return p, err
		}
	}
	return nil, s.missing(name)
}

// builtinPrefix is how built-in profiles are named wherever a file could be.
const builtinPrefix = "builtin/"

func builtin(name string) (*profile.Profile, error) {
	if p, ok := profile.Builtin(name); ok {
		return p, nil
	}
	hint := "one of " + strings.Join(profile.BuiltinNames(), ", ")
	if near := document.Closest(name, profile.BuiltinNames()); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return nil, fmt.Errorf("no built-in profile is named %q (%s)", name, hint)
}

// read returns the text of a name, from the first directory that has it.
func (s *Store) read(name string) (*File, error) {
	if f, ok := s.files[name]; ok {
		return f, nil
	}
	if err := checkName(name); err != nil {
		return nil, fmt.Errorf("read profile %q: %w", name, err)
	}
	for _, d := range s.dirs {
		if d.root == nil {
			continue
		}
		data, err := readBeneath(d.root, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read profile %q in %s: %w", name, d.path, err)
		}
		f := &File{Name: name, Path: filepath.Join(d.path, name), Data: data}
		s.files[name], s.order = f, append(s.order, f)
		return f, nil
	}
	return nil, s.missing(name)
}

// checkName refuses names that are no path beneath a directory, before anything is opened.
func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("a profile has a name, as payments.json")
	case strings.ContainsRune(name, 0) || strings.ContainsRune(name, '\\'):
		return errors.New("a name has no backslash and no NUL")
	case strings.HasPrefix(name, "/"):
		return errors.New("an absolute path is refused (name it relative to the profile directory)")
	case !filepath.IsLocal(name):
		return errors.New("a name that climbs out of the profile directory is refused (name a file beneath it)")
	}
	return nil
}

// missing says where a name was looked for, and what is there that is nearly called so.
func (s *Store) missing(name string) error {
	var where, there []string
	for _, d := range s.dirs {
		where = append(where, d.path)
		if d.root == nil {
			continue
		}
		entries, err := fs.ReadDir(d.root.FS(), ".")
		if err != nil {
			continue
		}
		for _, e := range entries {
			there = append(there, e.Name())
		}
	}
	hint := " (put it there)"
	if near := document.Closest(name, []string{"RuntimeDefault"}); near != "" {
		hint = fmt.Sprintf(" (did you mean %q?)", near)
	}
	if near := document.Closest(name, slices.DeleteFunc(there, func(n string) bool { return strings.HasPrefix(n, ".") })); near != "" {
		hint = fmt.Sprintf(" (did you mean %q?)", near)
	}
	return &missingError{fmt.Sprintf("read profile %q: it is not in %s%s", name, strings.Join(where, " or "), hint)}
}

// missingError is the error for a profile that is in no directory.
type missingError struct{ message string }

func (e *missingError) Error() string { return e.message }

func (e *missingError) Is(target error) bool { return target == fs.ErrNotExist }
