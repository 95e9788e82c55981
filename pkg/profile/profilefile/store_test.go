package profilefile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/seccompd/seccompd/pkg/profile/profilefile"
)

const plainProfile = `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}`

// tree makes a directory; a value that starts with "->" is a symbolic link.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		err := error(nil)
		if target, ok := strings.CutPrefix(text, "->"); ok {
			err = os.Symlink(target, path)
		} else {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func open(t *testing.T, dirs ...string) *profilefile.Store {
	t.Helper()
	s, err := profilefile.OpenStore(dirs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func refused(t *testing.T, s *profilefile.Store, name, want string) {
	t.Helper()
	p, err := s.Load(name)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: want %q, got %v and %v", name, want, err, p)
	}
}

func TestStoreLoads(t *testing.T) {
	first := tree(t, map[string]string{
		"a.json": plainProfile, "team/b.json": plainProfile, "link.json": "->team/b.json", "team/up.json": "->../a.json",
		// as a ConfigMap volume is laid out
		"..2026_11_01/c.json": plainProfile, "..data": "->..2026_11_01", "c.json": "->..data/c.json",
	})
	second := tree(t, map[string]string{"a.json": `{"defaultAction": "SCMP_ACT_KILL"}`, "only.json": plainProfile})
	s := open(t, first, filepath.Join(first, "none"), second)
	for _, name := range []string{"a.json", "team/b.json", "link.json", "team/up.json", "c.json", "only.json", "./a.json", "builtin/strict"} {
		p, err := s.Load(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if len(p.Rules) == 0 {
			t.Errorf("%s comes from the later directory", name)
		}
	}
	if n := len(s.Files()); n != 7 {
		t.Errorf("%d files were read", n)
	}
	// the same text for the same name, whatever becomes of the file
	if err := os.WriteFile(filepath.Join(first, "a.json"), []byte("broken"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load("a.json"); err != nil {
		t.Errorf("read twice: %v", err)
	}
}

func TestStoreRefusesNames(t *testing.T) {
	outside := tree(t, map[string]string{"x.json": plainProfile})
	dir := tree(t, map[string]string{
		"payments.json": plainProfile, "absolute.json": "->" + outside + "/x.json", "out.json": "->../" + filepath.Base(outside) + "/x.json",
		"dir/x.json": plainProfile, "outdir": "->" + outside, "loop.json": "->loop.json", "gone.json": "->nothing.json",
	})
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.json"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	for name, want := range map[string]string{
		"":                     "a profile has a name",
		"../x.json":            "climbs out of the profile directory",
		"dir/../../x.json":     "climbs out of the profile directory",
		"..":                   "climbs out of the profile directory",
		"/etc/passwd":          "an absolute path is refused",
		"a\\b.json":            "no backslash",
		"a\x00b.json":          "no NUL",
		"absolute.json":        "the symbolic link absolute.json is absolute",
		"outdir/x.json":        "the symbolic link outdir is absolute",
		"out.json":             "a symbolic link leads out of the profile directory",
		"loop.json":            "more than 40 symbolic links",
		"gone.json":            "is not in",
		"dir":                  "it is a directory",
		"payments.json/x.json": "payments.json is not a directory",
		"pipe.json":            "pipe.json is not a regular file",
		"paymnets.json":        `(did you mean "payments.json"?)`,
		"builtin/stritc":       `no built-in profile is named "stritc" (did you mean "strict"?)`,
	} {
		refused(t, s, name, want)
	}
	if _, err := s.Load("nothing.json"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("not there: %v", err)
	}
}

func TestStoreRefusesPermissions(t *testing.T) {
	dir := tree(t, map[string]string{"group.json": plainProfile, "world.json": plainProfile, "open/x.json": plainProfile, "other.json": plainProfile, "link.json": "->open/x.json"})
	for name, mode := range map[string]os.FileMode{"group.json": 0o664, "world.json": 0o646, "open": 0o777} {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, dir)
	refused(t, s, "group.json", "group.json may be written by others than its owner, mode 0664 (chmod go-w group.json)")
	refused(t, s, "world.json", "mode 0646")
	refused(t, s, "open/x.json", "open may be written by others than its owner, mode 0777")
	refused(t, s, "link.json", "open may be written by others than its owner")
	if os.Geteuid() == 0 {
		if err := os.Chown(filepath.Join(dir, "other.json"), 65534, 0); err != nil {
			t.Fatal(err)
		}
		refused(t, s, "other.json", "other.json belongs to uid 65534, who could change it (chown root other.json)")
	}
	if _, err := profilefile.OpenStore([]string{dir, filepath.Join(dir, "open")}); err == nil || !strings.Contains(err.Error(), "mode 0777") {
		t.Errorf("a directory open to all: %v", err)
	}
	if _, err := profilefile.OpenStore([]string{filepath.Join(dir, "group.json")}); err == nil {
		t.Error("a file is no directory")
	}
}

func TestStoreLimitsSize(t *testing.T) {
	dir := tree(t, map[string]string{"big.json": "{" + strings.Repeat(" ", 10<<20) + "}"})
	refused(t, open(t, dir), "big.json", "big.json has more than the 4194304 bytes that are read")
}

func TestStoreJoinsBases(t *testing.T) {
	object := func(base string) string {
		return "apiVersion: security-profiles-operator.x-k8s.io/v1\nkind: SeccompProfile\nspec:\n  baseProfileName: \"" + base +
			"\"\n  defaultAction: SCMP_ACT_ERRNO\n  syscalls:\n  - {names: [write], action: SCMP_ACT_ALLOW}\n"
	}
	s := open(t, tree(t, map[string]string{
		"plain.json": plainProfile, "app.yaml": object("plain"), "strictly.yaml": object("builtin/allow-list"),
		"x.yaml": object("y"), "y.yml": object("x"), "climbs.yaml": object("../../etc/x"), "lost.yaml": object("plane"), "bad.yaml": object("broken"), "broken.json": "{",
	}))
	p, err := s.Load("app.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Rules) != 2 || p.Base != "" {
		t.Errorf("joined: %+v", p)
	}
	if _, err := s.Load("strictly.yaml"); err != nil {
		t.Errorf("a built-in base: %v", err)
	}
	refused(t, s, "x.yaml", "the bases lead back to one another: x -> y -> x")
	refused(t, s, "climbs.yaml", "climbs out of the profile directory")
	refused(t, s, "lost.yaml", `base "plane": read profile "plane": it is not in`)
	refused(t, s, "bad.yaml", "broken.json:1:2: the JSON ends too early")
}
