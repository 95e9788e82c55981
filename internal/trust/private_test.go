package trust

import (
	"errors"
	"io/fs"
	"os"
	"testing"
)

// TestReadPrivate reads what is root's alone, and nothing that somebody else could have written or put there.
func TestReadPrivate(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("files of others are made by root only")
	}
	moved := func(path string) error {
		return errors.Join(os.Rename(path, path+".real"), os.Symlink(path+".real", path))
	}
	for name, test := range map[string]struct {
		do   func(dir, file string) error
		want error // nil is any
	}{
		"a directory that others enter": {func(dir, _ string) error { return os.Chmod(dir, 0o755) }, ErrNotPrivate},
		"a directory of another user":   {func(dir, _ string) error { return os.Chown(dir, 1234, 0) }, ErrNotPrivate},
		"a linked directory":            {func(dir, _ string) error { return moved(dir) }, nil},
		"no directory":                  {func(dir, _ string) error { return os.RemoveAll(dir) }, fs.ErrNotExist},
		"a file that others read":       {func(_, file string) error { return os.Chmod(file, 0o644) }, ErrNotPrivate},
		"a file of another user":        {func(_, file string) error { return os.Chown(file, 1234, 0) }, ErrNotPrivate},
		"a linked file":                 {func(_, file string) error { return moved(file) }, nil},
		"a directory in its place":      {func(_, file string) error { return errors.Join(os.Remove(file), os.Mkdir(file, 0o700)) }, ErrNotPrivate},
		"a byte too many":               {func(_, file string) error { return os.WriteFile(file, make([]byte, 101), 0o600) }, ErrNotPrivate},
		"no file":                       {func(_, file string) error { return os.Remove(file) }, fs.ErrNotExist},
	} {
		dir := t.TempDir() + "/d"
		if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(dir+"/f", make([]byte, 100), 0o600)); err != nil {
			t.Fatal(err)
		}
		if text, err := ReadPrivate(dir, "f", 100); err != nil || len(text) != 100 {
			t.Fatalf("control: %d bytes, %v", len(text), err)
		}
		if err := test.do(dir, dir+"/f"); err != nil {
			t.Fatal(err)
		}
		if text, err := ReadPrivate(dir, "f", 100); err == nil || text != nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: %d bytes, %v; want %v", name, len(text), err, test.want)
		}
	}
}
