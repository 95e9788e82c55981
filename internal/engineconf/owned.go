package engineconf

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// owned is a file that is wholly ours, in a format with # comments. Its first line says which directories were made for it, so that
// removing it removes them.
type owned struct {
	root, path string
	beside     string // a file that may be made in the same change, in another directory; or empty
}

func (o owned) on(path string) string { return filepath.Join(o.root, path) }

func (o owned) dirs() []string {
	dirs := []string{filepath.Dir(o.path)}
	if o.beside != "" {
		dirs = append(dirs, filepath.Dir(o.beside))
	}
	return dirs
}

// write plans that the file holds text.
func (o owned) write(change *Change, text string) error {
	made, err := o.made()
	if errors.Is(err, fs.ErrNotExist) {
		made, err = missingDirs(o.root, o.dirs()...)
		for _, dir := range made {
			change.made = append(change.made, o.on(dir))
		}
	}
	if err != nil {
		return err
	}
	if len(made) > 0 {
		text = madePrefix + strings.Join(made, " ") + "\n" + text
	}
	return change.write(o.on(o.path), text)
}

// remove plans that the file and the directories that were made for it are gone.
func (o owned) remove(change *Change) error {
	made, err := o.made()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, dir := range made {
		change.dirs = append(change.dirs, o.on(dir))
	}
	return change.remove(o.on(o.path))
}

// made returns the directories that were made for the file, those inside others first.
func (o owned) made() ([]string, error) {
	data, err := os.ReadFile(o.on(o.path))
	if err != nil {
		return nil, err
	}
	first, _, _ := strings.Cut(string(data), "\n")
	list, ok := strings.CutPrefix(first, madePrefix)
	if !ok {
		return nil, nil
	}
	made := strings.Fields(list)
	for _, dir := range made {
		if !o.below(dir) {
			return nil, fmt.Errorf("%s: its first line names %q, which we do not make", o.path, dir)
		}
	}
	return made, nil
}

func (o owned) below(dir string) bool {
	for _, d := range o.dirs() {
		if under(d, dir) {
			return true
		}
	}
	return false
}
