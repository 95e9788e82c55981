package host

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/syscalls"
	"github.com/seccompd/seccompd/pkg/workload"
)

func TestReadThisMachine(t *testing.T) {
	f, err := Read(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	native, _ := syscalls.Native(runtime.GOARCH)
	if f.Native != native || len(f.ABIs) == 0 || f.ABIs[0] != native || len(f.Assumed) != 0 {
		t.Errorf("ABIs are %v, assumed %v", f.ABIs, f.Assumed)
	}
	if f.Kernel.Major < 3 || !strings.HasPrefix(f.KernelRelease, f.Kernel.String()) {
		t.Errorf("kernel is %v of %q", f.Kernel, f.KernelRelease)
	}
	if !f.Capabilities.Has(workload.DefaultCapabilities) || !slices.Contains(f.Actions, specs.ActErrno) {
		t.Errorf("capabilities %v, actions %v", f.Capabilities, f.Actions)
	}
	again, err := Read(t.Context(), Options{})
	if err != nil || again.Key() != f.Key() {
		t.Errorf("read again: %v, %s and %s", err, again.Key(), f.Key())
	}
	t.Logf("%+v", f)
}

// A program that works, one of a foreign machine, and one that dies: each gives its own answer.
func TestProbe(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the programs are for amd64")
	}
	defer func(saved map[specs.Arch]probe) { probes = saved }(probes)
	x32 := probes[specs.ArchX32]
	native := slices.Clone(x32.code)
	native[4] = 0 // getpid without x32's bit
	probes = map[specs.Arch]probe{
		"works":   {machine: 62, wide: true, code: native},
		"no":      {machine: 62, wide: true, code: append([]byte{0xb8, 0xff, 0xff, 0, 0}, native[5:]...)},
		"foreign": {machine: 2, code: native},
		"dies":    {machine: 62, wide: true, code: []byte{0x0f, 0x0b}},
	}
	for abi, want := range map[specs.Arch]answer{"works": runs, "no": runsNot, "foreign": runsNot, "dies": unclear, "none": unclear} {
		if got := probeABI(t.Context(), abi); got != want {
			t.Errorf("%s: %d, want %d", abi, got, want)
		}
	}
}

func TestReadFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("37\n")
	if c, err := readCapabilities(file); err != nil || c != 1<<38-1 {
		t.Errorf("37: %v, %v", c, err)
	}
	write("63\n")
	if c, err := readCapabilities(file); err != nil || c != workload.AllCapabilities {
		t.Errorf("63: %v, %v", c, err)
	}
	for _, text := range []string{"", "x", "64", "-1"} {
		write(text)
		if c, err := readCapabilities(file); err == nil {
			t.Errorf("%q: %v", text, c)
		}
	}
	write("kill_process kill_thread trap errno trace log allow new_one\n")
	a, err := readActions(file)
	if err != nil || len(a) != 7 || slices.Contains(a, specs.ActNotify) {
		t.Errorf("actions: %v, %v", a, err)
	}
	if a, err := readActions(file + "-none"); a != nil || err != nil {
		t.Errorf("no file: %v, %v", a, err)
	}
}

// program writes an executable of root's, or of whoever runs the test.
func program(t *testing.T, name, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRuntimesThatAreNotRun(t *testing.T) {
	ran := filepath.Join(t.TempDir(), "ran")
	script := "touch " + ran
	writable := program(t, "runc", script)
	if err := os.Chmod(writable, 0o775); err != nil {
		t.Fatal(err)
	}
	inWritable := program(t, "runc", script)
	if err := os.Chmod(filepath.Dir(inWritable), 0o777); err != nil {
		t.Fatal(err)
	}
	plain := program(t, "runc", script)
	if err := os.Chmod(plain, 0o644); err != nil {
		t.Fatal(err)
	}
	cases := map[string]string{
		writable: "can be changed by others", inWritable: "can be changed by others", plain: "not an executable file",
		filepath.Dir(plain): "not an executable file", "runc": "not an absolute path", plain + "-none": "no such file",
	}
	if os.Geteuid() == 0 {
		owned := program(t, "runc", script)
		if err := os.Chown(owned, 4711, -1); err != nil {
			t.Fatal(err)
		}
		cases[owned] = "owner 4711"
	}
	for path, want := range cases {
		_, err := Read(t.Context(), Options{Runtimes: []string{path}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", path, err, want)
		}
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("one of them was run")
	}
}

func TestRuntimesThatMisbehave(t *testing.T) {
	for name, c := range map[string]struct{ script, want string }{
		"fails":  {"exit 3", "exit status 3"},
		"floods": {"cat /dev/zero", "bytes of output"},
		"talks":  {"echo hello", "NAME version NUMBER"},
		"hangs":  {"sleep 100", "deadline exceeded"},
		"dies":   {"kill -9 $$", "signal: killed"},
	} {
		t.Run(name, func(t *testing.T) {
			limit := time.Minute
			if name == "hangs" {
				limit = time.Second
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			_, err := readRuntime(ctx, program(t, "runc", c.script))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestEnvironmentIsNotPassedOn(t *testing.T) {
	t.Setenv("SECRET", "x")
	r, err := readRuntime(t.Context(), program(t, "runc", `[ "$1" = --version ] && echo "runc version 1.$SECRET.0"`))
	if err != nil || r.Version != "1..0" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestSearch(t *testing.T) {
	a := filepath.Dir(program(t, "runc", ""))
	b := filepath.Dir(program(t, "crun", ""))
	if err := os.Symlink(filepath.Join(a, "runc"), filepath.Join(b, "runc")); err != nil {
		t.Fatal(err)
	}
	got := search([]string{"/nowhere", b, a}, []string{"runc", "crun"})
	if want := []string{filepath.Join(b, "runc"), filepath.Join(b, "crun")}; !slices.Equal(got, want) {
		t.Errorf("search = %v, want %v", got, want)
	}
}

// The search goes on past a runtime that cannot be used, and says so.
func TestSearchIgnores(t *testing.T) {
	bad, good := program(t, "runc", "exit 3"), program(t, "crun", `[ "$1" = --version ] && echo "crun version 1.9"`)
	defer func(saved []string) { places = saved }(places)
	places = []string{filepath.Dir(bad), filepath.Dir(good)}
	f, err := Read(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Runtimes) != 1 || f.Runtimes[0].Path != good || len(f.Ignored) != 1 || f.Ignored[0].Path != bad {
		t.Errorf("runtimes %+v, ignored %+v", f.Runtimes, f.Ignored)
	}
}

// What the real shared libseccomp knows beyond its version is found in it.
func TestReadLibrary(t *testing.T) {
	path := filepath.Join(t.TempDir(), "runc")
	if out, err := exec.Command("cc", "-o", path, "testdata/runtime.c", "-lseccomp").CombinedOutput(); err != nil {
		t.Fatalf("compile testdata/runtime.c (make deps installs gcc and libseccomp-dev): %v\n%s", err, out)
	}
	f, err := Read(t.Context(), Options{Runtimes: []string{path}})
	if err != nil {
		t.Fatal(err)
	}
	r := f.Runtimes[0]
	version, ok := syscalls.Vocabulary(r.Libseccomp)
	if !ok {
		t.Fatalf("nothing is known of libseccomp %q", r.Libseccomp)
	}
	for _, name := range version.Lacks() {
		knows := exec.Command(path, "knows", name).Run() == nil
		if found := slices.Contains(r.Names, name); found != knows {
			t.Errorf("%s: found %v, known %v", name, found, knows)
		}
	}
	t.Logf("libseccomp %s and %v", r.Libseccomp, r.Names)
}

func TestLibraryIn(t *testing.T) {
	for list, want := range map[string]string{
		"\tlinux-vdso.so.1 (0x1)\n\tlibseccomp.so.2 => /lib/x/libseccomp.so.2 (0x2)\n\tlibc.so.6 => /lib/libc.so.6 (0x3)\n": "/lib/x/libseccomp.so.2",
		"\tlibseccomp.so.2 => not found\n":    "",
		"runc version 1.5.2\nlibseccomp: 2\n": "",
		"":                                    "",
	} {
		if got := libraryIn(list); got != want {
			t.Errorf("libraryIn(%q) = %q", list, got)
		}
	}
}
