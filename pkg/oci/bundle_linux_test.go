package oci_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seccompd/seccompd/pkg/oci"
)

func makeBundle(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/config.json", []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	return dir
}

// in opens a bundle, reads it and does something, and returns the first error.
func in(dir string, do func(*oci.Bundle, *oci.Config) error) error {
	b, err := oci.OpenBundle(dir)
	if err != nil {
		return err
	}
	defer b.Close()
	c, err := b.Read()
	if err != nil {
		return err
	}
	return do(b, c)
}

func replace(text string) func(*oci.Bundle, *oci.Config) error {
	return func(b *oci.Bundle, _ *oci.Config) error { return b.Replace([]byte(text)) }
}

func holds(t *testing.T, dir, text string) {
	t.Helper()
	got, err := os.ReadFile(dir + "/config.json")
	if err != nil || string(got) != text {
		t.Errorf("config.json holds %q, %v; want %q", got, err, text)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestReplace(t *testing.T) {
	dir := makeBundle(t, `{}`)
	if os.Geteuid() == 0 {
		if err := os.Chown(dir+"/config.json", 0, 7); err != nil {
			t.Fatal(err)
		}
	}
	before, err := os.Stat(dir + "/config.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := in(dir, replace(`{"a":1}`)); err != nil {
		t.Fatal(err)
	}
	holds(t, dir, `{"a":1}`)
	after, err := os.Stat(dir + "/config.json")
	if err != nil {
		t.Fatal(err)
	}
	was, is := before.Sys().(*syscall.Stat_t), after.Sys().(*syscall.Stat_t)
	if before.Mode() != after.Mode() || was.Uid != is.Uid || was.Gid != is.Gid {
		t.Errorf("%v %d:%d became %v %d:%d", before.Mode(), was.Uid, was.Gid, after.Mode(), is.Uid, is.Gid)
	}
	if os.SameFile(before, after) {
		t.Error("written in place: whoever has it open sees half of it")
	}
}

// What somebody else put there after it was read is not overwritten, nor taken for what was decided on.
func TestReplacedWhileWorkedOn(t *testing.T) {
	for name, change := range map[string]func(dir string) error{
		"another file": func(dir string) error {
			return errors.Join(os.WriteFile(dir+"/new", []byte(`{"b":2}`), 0o600), os.Rename(dir+"/new", dir+"/config.json"))
		},
		"in place": func(dir string) error {
			time.Sleep(10 * time.Millisecond) // a tick of the clock that files are stamped by
			return os.WriteFile(dir+"/config.json", []byte(`{"b":2}`), 0o600)
		},
	} {
		dir := makeBundle(t, `{"a":1}`)
		err := in(dir, func(b *oci.Bundle, _ *oci.Config) error {
			if err := b.Unchanged(); err != nil {
				t.Error(name, "control:", err)
			}
			if err := change(dir); err != nil {
				t.Fatal(err)
			}
			if err := b.Unchanged(); !errors.Is(err, oci.ErrChanged) {
				t.Errorf("%s: unchanged: %v", name, err)
			}
			return b.Replace([]byte(`{"a":2}`))
		})
		if !errors.Is(err, oci.ErrChanged) {
			t.Errorf("%s: %v", name, err)
		}
		holds(t, dir, `{"b":2}`)
	}
}

// The directory that was opened is worked on, whatever its path names later.
func TestExchangedBundle(t *testing.T) {
	dir := filepath.Join(makeBundle(t, `{}`), "bundle")
	if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(dir+"/config.json", []byte(`{"a":1}`), 0o600)); err != nil {
		t.Fatal(err)
	}
	err := in(dir, func(b *oci.Bundle, _ *oci.Config) error {
		if err := errors.Join(os.Rename(dir, dir+".away"), os.Mkdir(dir, 0o700), os.WriteFile(dir+"/config.json", []byte(`{"b":2}`), 0o600)); err != nil {
			t.Fatal(err)
		}
		return b.Replace([]byte(`{"a":2}`))
	})
	if err != nil {
		t.Fatal(err)
	}
	holds(t, dir+".away", `{"a":2}`)
	holds(t, dir, `{"b":2}`)
}

func TestRefusedBundles(t *testing.T) {
	secret := makeBundle(t, `{"a":1}`)
	for name, test := range map[string]struct {
		spoil func(dir string) (string, error)
		want  string
	}{
		"a linked bundle": {func(dir string) (string, error) { return dir + "/l", os.Symlink(secret, dir+"/l") }, "symbolic link"},
		"a file":          {func(dir string) (string, error) { return dir + "/config.json", nil }, "not of the right type"},
		"not there":       {func(dir string) (string, error) { return dir + "/none", nil }, "not there"},
		"a linked configuration": {func(dir string) (string, error) {
			return dir, errors.Join(os.Remove(dir+"/config.json"), os.Symlink(secret+"/config.json", dir+"/config.json"))
		}, "symbolic link"},
		"no configuration": {func(dir string) (string, error) { return dir, os.Remove(dir + "/config.json") }, "not there"},
		"a directory instead": {func(dir string) (string, error) {
			return dir, errors.Join(os.Remove(dir+"/config.json"), os.Mkdir(dir+"/config.json", 0o700))
		}, "not a regular file"},
		"a pipe instead": {func(dir string) (string, error) {
			return dir, errors.Join(os.Remove(dir+"/config.json"), syscall.Mkfifo(dir+"/config.json", 0o600))
		}, "not a regular file"},
		"a bundle that all may write":        {func(dir string) (string, error) { return dir, os.Chmod(dir, 0o777) }, "written by everybody"},
		"a configuration that all may write": {func(dir string) (string, error) { return dir, os.Chmod(dir+"/config.json", 0o666) }, "written by everybody"},
		"a huge configuration":               {func(dir string) (string, error) { return dir, os.Truncate(dir+"/config.json", oci.MaxSize+1) }, "more than the"},
	} {
		dir := makeBundle(t, `{}`)
		if err := in(dir, func(*oci.Bundle, *oci.Config) error { return nil }); err != nil {
			t.Fatal("control:", err)
		}
		path, err := test.spoil(dir)
		if err != nil {
			t.Fatal(name, err)
		}
		if err := in(path, replace("{}")); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		} else {
			// Engines take these words for another fault, and do not show ours.
			for _, bad := range []string{"no such file or directory", "permission denied", "executable file not found"} {
				if strings.Contains(err.Error(), bad) {
					t.Errorf("%s: says %q: %v", name, bad, err)
				}
			}
		}
	}
	holds(t, secret, `{"a":1}`)
}

func TestForeignOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("files of others are made by root only")
	}
	for name, own := range map[string]func(dir string) error{
		"bundle":        func(dir string) error { return os.Chown(dir, 1234, 0) },
		"configuration": func(dir string) error { return os.Chown(dir+"/config.json", 1234, 0) },
		"bundle's group": func(dir string) error {
			return errors.Join(os.Chown(dir, 0, 1234), os.Chmod(dir, 0o770))
		},
	} {
		dir := makeBundle(t, `{}`)
		if err := own(dir); err != nil {
			t.Fatal(err)
		}
		if err := in(dir, replace("{}")); err == nil || !strings.Contains(err.Error(), "1234") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What a killed process left is removed, and what another one is just writing is not.
func TestStaleFiles(t *testing.T) {
	dir := makeBundle(t, `{}`)
	old := time.Now().Add(-time.Hour)
	stale, young, held := dir+"/.config.json.seccompd-STALE", dir+"/.config.json.seccompd-YOUNG", dir+"/.config.json.seccompd-HELD"
	for _, f := range []string{stale, young, held} {
		if err := errors.Join(os.WriteFile(f, nil, 0o600), os.Chtimes(f, old, old)); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.OpenFile(held, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := errors.Join(syscall.Flock(int(f.Fd()), syscall.LOCK_EX), os.Chtimes(young, time.Time{}, time.Now())); err != nil {
		t.Fatal(err)
	}
	if err := in(dir, replace(`{"a":1}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(stale); !errors.Is(err, os.ErrNotExist) {
		t.Error("a stale file is left:", err)
	}
	if err := errors.Join(os.Remove(young), os.Remove(held)); err != nil {
		t.Error(err)
	}
	holds(t, dir, `{"a":1}`)
}
