package profilefile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"syscall"

	"github.com/seccompd/seccompd/internal/document"
)

// maxLinks is how many symbolic links may lie on the way to a file, as in path_resolution(7).
const maxLinks = 40

// readBeneath reads a regular file beneath a root. It walks the way itself, so that each directory and the file are judged
// by their descriptors: whoever may write to one of them decides what the profile is. Links stay beneath the root, as
// those do with which a ConfigMap swaps its files.
func readBeneath(root *os.Root, name string) ([]byte, error) {
	w := &walk{roots: []*os.Root{root}}
	defer w.close()
	parts := strings.Split(name, "/")
	for links := 0; len(parts) > 0; {
		part := parts[0]
		parts = parts[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			if len(w.roots) == 1 {
				return nil, errors.New("a symbolic link leads out of the profile directory, which is refused")
			}
			w.up()
			continue
		}
		fi, err := w.here().Lstat(part)
		if err != nil {
			return nil, err
		}
		switch {
		case fi.Mode()&os.ModeSymlink != 0:
			target, err := w.here().Readlink(part)
			if err != nil {
				return nil, err
			}
			if links++; links > maxLinks {
				return nil, fmt.Errorf("%s: more than %d symbolic links on the way", part, maxLinks)
			}
			if path.IsAbs(target) {
				return nil, fmt.Errorf("the symbolic link %s is absolute, which is refused (make it relative, beneath the profile directory)", part)
			}
			parts = append(strings.Split(target, "/"), parts...)
		case fi.IsDir():
			if err := w.down(part); err != nil {
				return nil, err
			}
		case len(parts) > 0:
			return nil, fmt.Errorf("%s is not a directory", part)
		default:
			return readRegular(w.here(), part)
		}
	}
	return nil, errors.New("it is a directory, not a file")
}

// walk is the way from a root to where a walk is; the first root belongs to the caller.
type walk struct{ roots []*os.Root }

func (w *walk) here() *os.Root { return w.roots[len(w.roots)-1] }

func (w *walk) down(dir string) error {
	sub, err := w.here().OpenRoot(dir)
	if err != nil {
		return err
	}
	w.roots = append(w.roots, sub)
	return trustedDirectory(sub, dir)
}

func (w *walk) up() {
	_ = w.here().Close() // it was only read
	w.roots = w.roots[:len(w.roots)-1]
}

func (w *walk) close() {
	for len(w.roots) > 1 {
		w.up()
	}
}

// readRegular does not wait for a writer, should the file be a pipe.
func readRegular(dir *os.Root, name string) ([]byte, error) {
	f, err := dir.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	fi, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	if err := trusted(fi, name); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, document.MaxSize+1))
	if err != nil {
		return nil, err
	}
	if len(data) > document.MaxSize {
		return nil, fmt.Errorf("%s has more than the %d bytes that are read (check that it is the right file)", name, document.MaxSize)
	}
	return data, nil
}
