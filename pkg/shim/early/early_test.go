//go:build linux && cgo

package early_test

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const door = "github.com/seccompd/seccompd/cmd/seccompd-runtime"

// doors builds the program with this part and without it.
func doors(t *testing.T) (with, without string) {
	t.Helper()
	dir := t.TempDir()
	for _, b := range []struct{ out, cgo string }{{"with", "1"}, {"without", "0"}} {
		build := exec.CommandContext(t.Context(), "go", "build", "-tags", "osusergo,netgo", "-o", filepath.Join(dir, b.out, "runc"), door)
		build.Env = append(os.Environ(), "CGO_ENABLED="+b.cgo)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build: %v\n%s", err, out)
		}
	}
	return filepath.Join(dir, "with", "runc"), filepath.Join(dir, "without", "runc")
}

// TestCompilesWithoutWarnings: a warning is an error here, and not in a build, whose compiler may be one that warns of more.
func TestCompilesWithoutWarnings(t *testing.T) {
	cc := cmp.Or(os.Getenv("CC"), "gcc")
	for _, file := range []string{"early.c", "settings.c"} {
		out, err := exec.CommandContext(t.Context(), cc, "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-c", "-o", t.TempDir()+"/out.o", file).CombinedOutput()
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
}

// real is a runtime that says how it was called.
const real = `#!/bin/sh
printf '%s\n' "$0" "$@"
env | sort | grep -v -e ^_= -e ^GODEBUG= -e ^PWD= -e ^SHLVL=
exit 7
`

// A machine is settings, and what they name.
type machine struct {
	t        *testing.T
	dir      string
	settings string
	env      []string
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, dir: t.TempDir()}
	m.settings = m.dir + "/runtime.json"
	for _, name := range []string{"real", "other"} {
		if err := os.WriteFile(m.dir+"/"+name, []byte(real), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	m.write(`{"runtime": "DIR/real", "runDir": "DIR/run", "stateDir": "DIR/state", "decisions": ""}`)
	m.env = []string{"PATH=/usr/bin:/bin", "SECCOMPD_RUNTIME_CONFIG=" + m.settings, "A=b"}
	return m
}

func (m *machine) write(text string) {
	m.t.Helper()
	if err := os.WriteFile(m.settings, []byte(strings.ReplaceAll(text, "DIR", m.dir)), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

// varying is what a refusal has of its own.
var varying = regexp.MustCompile(`rt-[a-z0-9]+|\d{4}-\d\d-\d\dT[0-9:.]+Z`)

// call runs a door, and returns all that can be seen of it, and whether Go was started: it says so when it is asked for a
// trace of its start.
func (m *machine) call(door string, args ...string) (seen string, inGo bool) {
	cmd := exec.CommandContext(m.t.Context(), door, args...)
	cmd.Env, cmd.Dir = append(m.env, "GODEBUG=inittrace=1"), m.dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run()
	var said []string
	for line := range strings.Lines(errs.String()) {
		if strings.HasPrefix(line, "init ") {
			inGo = true
			continue
		}
		said = append(said, varying.ReplaceAllString(line, "-"))
	}
	return fmt.Sprintf("%d\n%s%s", cmd.ProcessState.ExitCode(), out.String(), strings.Join(said, "")), inGo
}

// TestSameAsInGo runs command lines, settings and environments through the door with this part and without it: nobody can
// tell which is which. Those that are marked must not start Go, or this part is for nothing.
func TestSameAsInGo(t *testing.T) {
	with, without := doors(t)
	const early, later = true, false
	type test struct {
		name  string
		early bool
		args  string
		set   func(*machine)
	}
	tests := []test{
		{"state", early, "--root /r --log /dev/null --log-format json state x", nil},
		{"attached values", early, "--root=/r --log=/dev/null --systemd-cgroup --debug kill x 9", nil},
		{"exec", early, "exec --process /p.json -d x", nil},
		{"value that is a command", early, "--log create state x", nil},
		{"delete without records", early, "delete --force x", nil},
		{"delete with records", later, "delete --force x", func(m *machine) { m.mkdir("run/records") }},
		{"id called create", early, "start create", nil},
		{"a command in capitals", later, "State x", nil},
		{"an unknown command", later, "bogus x", nil},
		{"no command", later, "--root /r", nil},
		{"help", later, "--help", nil},
		{"version", later, "--version", nil},
		{"abbreviated option", later, "--roo /r state x", nil},
		{"abbreviated option, create", later, "--roo /r create --bundle /b x", nil},
		{"single dash", later, "-root /r state x", nil},
		{"value like an option", later, "--root --debug state x", nil},
		{"flag with a value", later, "--debug=true state x", nil},
		{"empty argument", later, "--root /r  state x", func(m *machine) {}},
		{"create without a policy", later, "--root /r --log DIR/log create --bundle DIR/b x", func(m *machine) { m.mkdir("b") }},
		{"run without a bundle", later, "run x", nil},
		{"create, bundle twice", later, "create --bundle DIR/b --bundle DIR/b x", func(m *machine) { m.mkdir("b") }},
		{"restore", later, "restore --bundle DIR/b x", nil},
		{"depth", later, "state x", func(m *machine) { m.env = append(m.env, "SECCOMPD_RUNTIME_DEPTH=1") }},
		{"too deep", later, "state x", func(m *machine) { m.env = append(m.env, "SECCOMPD_RUNTIME_DEPTH=3") }},
		{"crun's variable", later, "state x", func(m *machine) { m.env = append(m.env, "RUN_OCI_SECCOMP_RECEIVER=/s") }},
		{"by name", early, "state x", func(m *machine) {
			m.write(`{"runtime": "DIR/other", "runtimes": {"crun": "DIR/other", "runc": "DIR/real"}}`)
		}},
		{"by an empty name", early, "state x", func(m *machine) { m.write(`{"runtimes": {"runc": ""}, "runtime": "DIR/real"}`) }},
		{"name given twice", later, "state x", func(m *machine) { m.write(`{"runtimes": {"runc": "DIR/other", "runc": "DIR/real"}}`) }},
		{"name given twice, last without a path", later, "state x", func(m *machine) {
			m.write(`{"runtimes": {"runc": "DIR/other", "runc": ""}, "runtime": "DIR/real"}`)
		}},
		{"no such name", later, "state x", func(m *machine) { m.write(`{"runtimes": {"crun": "DIR/real"}}`) }},
		{"runtime given twice", later, "state x", func(m *machine) { m.write(`{"runtime": "DIR/other", "runtime": "DIR/real"}`) }},
		{"another name given twice", later, "state x", func(m *machine) {
			m.write(`{"runtimes": {"crun": "DIR/other", "crun": "DIR/other"}, "runtime": "DIR/real"}`)
		}},
		{"runtimes given twice", later, "state x", func(m *machine) {
			m.write(`{"runtimes": {"runc": "DIR/real"}, "runtimes": {"crun": "DIR/other"}}`)
		}},
		{"a directory given twice", later, "state x", func(m *machine) {
			m.write(`{"runtime": "DIR/real", "stateDir": "DIR/a", "stateDir": "DIR/b"}`)
		}},
		{"an empty path given twice", later, "state x", func(m *machine) { m.write(`{"runtime": "DIR/real", "runDir": "", "runDir": ""}`) }},
		{"sixteen names", early, "state x", func(m *machine) { m.write(`{"runtimes": {` + named(16) + `}, "runtime": "DIR/real"}`) }},
		{"seventeen names", later, "state x", func(m *machine) { m.write(`{"runtimes": {` + named(17) + `}, "runtime": "DIR/real"}`) }},
		{"key in another case", later, "state x", func(m *machine) { m.write(`{"Runtime": "DIR/real"}`) }},
		{"unknown key", later, "state x", func(m *machine) { m.write(`{"runtime": "DIR/real", "x": "/y"}`) }},
		{"escape", later, "state x", func(m *machine) { m.write(`{"runtime": "DIR\/real"}`) }},
		{"escape in a key", later, "state x", func(m *machine) { m.write(`{"\u0072untime": "DIR/real"}`) }},
		{"not a string", later, "state x", func(m *machine) { m.write(`{"runtime": "DIR/real", "dockerRoot": null}`) }},
		{"a relative path", later, "state x", func(m *machine) { m.write(`{"runtime": "DIR/real", "dockerRoot": "x"}`) }},
		{"a relative runtime", later, "state x", func(m *machine) { m.write(`{"runtime": "real"}`) }},
		{"a relative runtime of another name", later, "state x", func(m *machine) { m.write(`{"runtime": "DIR/real", "runtimes": {"crun": "x"}}`) }},
		{"text after the end", later, "state x", func(m *machine) { m.write(`{"runtime": "DIR/real"} {}`) }},
		{"cut off", later, "state x", func(m *machine) { m.write(`{"runtime": "DIR/real"`) }},
		{"cut off in a string", later, "state x", func(m *machine) { m.write(`{"runtime": "DIR/real`) }},
		{"a comma too many", later, "state x", func(m *machine) { m.write(`{"runtime": "DIR/real",}`) }},
		{"a byte order mark", later, "state x", func(m *machine) { m.write("\ufeff" + `{"runtime": "DIR/real"}`) }},
		{"a NUL", later, "state x", func(m *machine) { m.write(`{"runtime": "DIR/real"}` + "\x00") }},
		{"empty settings", later, "state x", func(m *machine) { m.write("") }},
		{"no settings", later, "state x", func(m *machine) { m.remove("runtime.json") }},
		{"large settings", later, "state x", func(m *machine) { m.write(`{"runtime": "DIR/real"}` + strings.Repeat(" ", 5000)) }},
		{"others may write the settings", later, "state x", func(m *machine) { m.chmod("runtime.json", 0o602) }},
		{"another's settings", later, "state x", func(m *machine) { m.chown("runtime.json", 65534) }},
		{"settings that are a link", early, "state x", func(m *machine) { m.link("runtime.json") }},
		{"a relative name of the settings", later, "state x", func(m *machine) { m.env = append(m.env[:1:1], "SECCOMPD_RUNTIME_CONFIG=runtime.json") }},
		{"no name of settings", later, "state x", func(m *machine) { m.env = m.env[:1] }},
		{"no runtime", later, "state x", func(m *machine) { m.remove("real") }},
		{"no program", later, "state x", func(m *machine) { m.chmod("real", 0o644) }},
		{"a directory", later, "state x", func(m *machine) { m.remove("real"); m.mkdir("real") }},
		{"itself", later, "state x", func(m *machine) { m.write(`{"runtime": "` + with + `"}`) }},
		{"many arguments", later, "state" + strings.Repeat(" x", 400), nil},
		{"no interpreter", later, "state x", func(m *machine) { m.file("real", "#!/none\n") }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t)
			if test.set != nil {
				test.set(m)
			}
			args := strings.Split(strings.ReplaceAll(test.args, "DIR", m.dir), " ")
			want, _ := m.call(without, args...)
			got, inGo := m.call(with, args...)
			if test.name == "itself" {
				want = strings.ReplaceAll(want, without, with)
			}
			if got != want {
				t.Errorf("got:\n%s\nin Go:\n%s", got, want)
			}
			if inGo == test.early {
				t.Errorf("Go was started: %v\n%s", inGo, got)
			}
			if test.early && !strings.HasPrefix(got, "7\n"+m.dir+"/real\n") {
				t.Errorf("the real runtime was not executed:\n%s", got)
			}
		})
	}
}

// named are runtimes of so many names.
func named(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`"r%d": "/r"`, i)
	}
	return strings.Join(list, ", ")
}

func (m *machine) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) mkdir(name string)           { m.must(os.MkdirAll(m.dir+"/"+name, 0o700)) }
func (m *machine) remove(name string)          { m.must(os.Remove(m.dir + "/" + name)) }
func (m *machine) chown(name string, user int) { m.must(os.Chown(m.dir+"/"+name, user, -1)) }
func (m *machine) file(name, text string)      { m.must(os.WriteFile(m.dir+"/"+name, []byte(text), 0o755)) }

func (m *machine) chmod(name string, mode os.FileMode) { m.must(os.Chmod(m.dir+"/"+name, mode)) }

func (m *machine) link(name string) {
	m.must(os.Rename(m.dir+"/"+name, m.dir+"/real-"+name))
	m.must(os.Symlink(m.dir+"/real-"+name, m.dir+"/"+name))
}

// plainSettings are such as this part reads, and such as come close.
var plainSettings = []string{
	`{"runtime": "DIR/real", "runDir": "DIR/run", "stateDir": "DIR/state", "decisions": ""}`,
	`{"runtime":"DIR/other","runtimes":{"crun":"DIR/other","runc":"DIR/real"},"seccompctl":"/x","dockerRoot":"/y"}`,
	"{\n\t\"runtimes\": {\"runc\": \"DIR/real\"}\r\n}\n",
	`{"runtimes": {"crun": "", "runc": "DIR/real"}, "runtime": "DIR/other"}`,
	`{"runtime": "DIR/real", "allowEnvironment": true}`,
	`{"runtimes": {"runc": "DIR/real"}, "runtimes": {"runc": "DIR/other"}}`,
}

// TestSettingsSameAsInGo damages settings in many ways. Whatever this part makes of a text, Go makes of it.
func TestSettingsSameAsInGo(t *testing.T) {
	with, without := doors(t)
	m := newMachine(t)
	random := rand.New(rand.NewPCG(1, 2))
	pieces := []string{`"`, `\`, `{`, `}`, `:`, `,`, ` `, "\n", "\x00", "\x7f", "é", `""`, `"runtime":"DIR/other",`, `"runtimes":{},`, `null`, `/`, `R`, `"runc":"DIR/other"`}
	early := 0
	for i := range 300 {
		text := plainSettings[i%len(plainSettings)]
		for range random.IntN(3) {
			at := random.IntN(len(text) + 1)
			end := min(len(text), at+random.IntN(4))
			text = text[:at] + pieces[random.IntN(len(pieces))] + text[end:]
		}
		m.write(text)
		want, _ := m.call(without, "state", "x")
		got, inGo := m.call(with, "state", "x")
		if got != want {
			t.Fatalf("%q:\n%s\nin Go:\n%s", text, got, want)
		}
		if !inGo {
			early++
		}
	}
	if early < 50 || early > 250 {
		t.Errorf("of 300 texts %d were read without Go", early)
	}
}
