package fences

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/seccompd/seccompd/"

// A fence says what the packages under some paths must not reach, however indirectly.
type fence struct {
	name   string
	from   []string
	forbid []string
	why    string
}

// core is what a door that starts once per container links.
var core = []string{
	"pkg/workload", "pkg/host", "pkg/syscalls", "pkg/profile", "pkg/policy", "pkg/pack", "pkg/algebra", "pkg/bpf", "pkg/snapshot", "pkg/enforce", "pkg/lint",
}

// readers are the parts of the core that read YAML for the command line and the daemon.
var readers = []string{"pkg/profile/profilefile", "pkg/policy/policyfile", "pkg/pack/packfile", "pkg/snapshot/build"}

var fences = []fence{
	{
		name:   "the core knows no engine and does not log",
		from:   slices.Concat(core, readers),
		forbid: []string{"github.com/sirupsen/logrus", "github.com/containerd/", "github.com/spf13/cobra", "google.golang.org/grpc"},
		why:    "the core returns values, doors log and speak to engines",
	},
	{
		name:   "what the runtime shim will link starts fast",
		from:   core,
		forbid: []string{"go.yaml.in/yaml", "github.com/containerd/", "google.golang.org/", "github.com/spf13/cobra", "regexp", "net", "net/http"},
		why:    "it runs on every create, start, kill and delete of every container",
	},
	{
		name:   "the runtime shim and the hook start fast",
		from:   []string{"cmd/seccompd-runtime", "hook"},
		forbid: []string{"go.yaml.in/yaml", "github.com/containerd/", "google.golang.org/", "github.com/spf13/", "github.com/sirupsen/logrus", "regexp", "net", "net/http", "text/template"},
		why:    "it runs on every create, start, kill and delete of every container",
	},
	{
		name:   "NRI is spoken by its door only",
		from:   []string{"internal/cli", "cmd/seccompctl"},
		forbid: []string{"github.com/containerd/nri"},
		why:    "the command line reads what the daemon writes",
	},
	{
		name:   "containerd is asked by a program that has the time",
		from:   []string{"plugin", "hook", "cmd/seccompd-runtime"},
		forbid: []string{module + "internal/containerd"},
		why:    "a door waits for nobody within its own process: the runtime door executes seccompctl, for a time that its settings bound",
	},
	{
		name:   "only the runtime door has a part that runs before Go",
		from:   []string{"plugin", "hook", "cmd/seccompctl"},
		forbid: []string{module + "pkg/shim/early"},
		why:    "what it does at the start of a program it does in each that it is linked into",
	},
	{
		name:   "nothing needs an engine's client",
		from:   []string{"plugin", "cmd/seccompctl"},
		forbid: []string{"github.com/containerd/containerd/"},
		why:    "containerd's module is as large as containerd",
	},
}

// layers lists the packages from the bottom up: each may import those above it in the list only within its own line or earlier ones.
var layers = [][]string{
	{"internal/document", "internal/document/yamldoc", "internal/doorconf", "internal/atomicfile", "internal/trust", "internal/engineconf", "internal/version", "pkg/workload", "pkg/host", "pkg/syscalls", "config"},
	{"pkg/profile", "pkg/profile/profilefile", "pkg/policy", "pkg/policy/policyfile", "pkg/pack", "pkg/pack/packfile"},
	{"pkg/algebra", "pkg/bpf"},
	{"pkg/snapshot", "pkg/snapshot/build", "pkg/enforce"},
	{"internal/containerd", "internal/coverage", "internal/difference", "pkg/audit", "pkg/denial", "pkg/denial/trace", "pkg/oci", "pkg/handoff", "pkg/lint"},
	{"pkg/drift"},
	{"pkg/nri", "pkg/shim", "pkg/shim/early", "pkg/hook"},
	{"internal/cli", "internal/cli/manifest"},
	{"plugin", "hook", "cmd/seccompctl", "cmd/seccompd-runtime"},
}

// unlayered are tests and generators, which nothing imports.
var unlayered = []string{"internal/fences", "pkg/syscalls/internal/gen"}

func TestFences(t *testing.T) {
	deps := dependencies(t)
	for _, f := range fences {
		t.Run(f.name, func(t *testing.T) {
			for _, from := range f.from {
				reached, ok := deps[module+from]
				if !ok {
					t.Fatalf("no package %s", from)
				}
				for _, d := range reached {
					for _, bad := range f.forbid {
						if d == bad || (strings.Contains(bad, "/") && strings.HasPrefix(d, strings.TrimSuffix(bad, "/")+"/")) {
							t.Errorf("%s reaches %s: %s", from, d, f.why)
						}
					}
				}
			}
		})
	}
}

func TestArrowsGoDown(t *testing.T) {
	layer := map[string]int{}
	for i, l := range layers {
		for _, p := range l {
			layer[module+p] = i
		}
	}
	deps := dependencies(t)
	for pkg := range deps {
		if _, ok := layer[pkg]; !ok && !slices.Contains(unlayered, strings.TrimPrefix(pkg, module)) {
			t.Errorf("%s is in no layer", pkg)
		}
	}
	for pkg, i := range layer {
		reached, ok := deps[pkg]
		if !ok {
			t.Errorf("no package %s", pkg)
		}
		for _, d := range reached {
			if j, ok := layer[d]; ok && j > i {
				t.Errorf("%s (layer %d) reaches %s (layer %d)", pkg, i, d, j)
			}
		}
	}
}

// dependencies maps each package of the module to all that it reaches on Linux, its tests left out.
func dependencies(t *testing.T) map[string][]string {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Deps", module+"...")
	cmd.Env = append(cmd.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v: %s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	deps := map[string][]string{}
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var p struct {
			ImportPath string
			Deps       []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return deps
		} else if err != nil {
			t.Fatal(err)
		}
		deps[p.ImportPath] = p.Deps
	}
}
