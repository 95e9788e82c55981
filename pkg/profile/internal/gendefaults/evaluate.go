package main

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	// The module whose source is evaluated; tests also call it as it is.
	_ "github.com/containerd/containerd/v2/contrib/seccomp"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// machine is one machine and one workload, as an engine's code asks for them.
type machine struct {
	// Version is the name of the release that is asked.
	Version       string
	GOARCH        string
	Kernel, Major uint64
	Bounding      []string
}

// result is what the code computes there, and the kernel versions that it asked for. Whole is Docker's profile itself.
type result struct {
	Filter *specs.LinuxSeccomp
	Whole  json.RawMessage
	Asked  [][2]uint64
}

//go:embed evaluator/*.txt
var evaluatorFiles embed.FS

// evaluator is a program that runs the engines' own sources for machines that this one is not. Their files are copied into a
// module in a temporary directory, with runtime.GOARCH replaced by a variable and the kernel's version by one that is given.
type evaluator struct{ dir string }

func newEvaluator(list []release) (e *evaluator, err error) {
	sources, err := fetch(list)
	if err != nil {
		return nil, err
	}
	e = &evaluator{}
	if e.dir, err = os.MkdirTemp("", "gendefaults-"); err != nil {
		return nil, fmt.Errorf("make a directory: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.close())
		}
	}()
	if err := e.write(list, sources); err != nil {
		return nil, err
	}
	// Without paths in what is built, so that the build cache knows it the next time.
	cmd := exec.Command("go", "build", "-trimpath", "-mod=mod", "-o", "evaluator", ".")
	cmd.Dir, cmd.Stderr = e.dir, os.Stderr
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=0")
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("build the engines' sources: %w", err)
	}
	return e, nil
}

func (e *evaluator) close() error { return os.RemoveAll(e.dir) }

func (e *evaluator) run(machines []machine) ([]result, error) {
	in, err := json.Marshal(machines)
	if err != nil {
		return nil, fmt.Errorf("encode machines: %w", err)
	}
	cmd := exec.Command(filepath.Join(e.dir, "evaluator"))
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("run the engines' sources: %w", err)
	}
	var results []result
	if err := json.Unmarshal(out, &results); err != nil {
		return nil, fmt.Errorf("decode results: %w", err)
	}
	return results, nil
}

// write writes the module: a package for each release, and a table of them.
func (e *evaluator) write(list []release, sources []string) error {
	files := map[string][]byte{}
	for _, name := range []string{"main.go", "machine.go", "dockerkernel.go"} {
		text, err := evaluatorFiles.ReadFile("evaluator/" + name + ".txt")
		if err != nil {
			return fmt.Errorf("read the evaluator: %w", err)
		}
		files[name] = text
	}
	files["machine/machine.go"] = files["machine.go"]
	kernel := files["dockerkernel.go"]
	delete(files, "machine.go")
	delete(files, "dockerkernel.go")
	var imports, entries strings.Builder
	for i, r := range list {
		pkg := fmt.Sprintf("v%d", i)
		fmt.Fprintf(&imports, "import %s \"evaluator/%s\"\n", pkg, pkg)
		names := []string{"seccomp_default.go"}
		if r.docker {
			names = []string{"default_linux.go", "seccomp.go", "seccomp_linux.go"}
			files[pkg+"/kernel.go"] = kernel
			fmt.Fprintf(&entries, "\t%q: {%s.GetDefaultProfile, func() any { return %s.DefaultProfile() }},\n", r.name, pkg, pkg)
		} else {
			fmt.Fprintf(&entries, "\t%q: code(%s.DefaultProfile),\n", r.name, pkg)
		}
		for _, name := range names {
			text, err := os.ReadFile(filepath.Join(sources[i], name))
			if err != nil {
				return fmt.Errorf("read the source of %s: %w", r.name, err)
			}
			files[pkg+"/"+name] = []byte(adapt(string(text)))
		}
	}
	files["versions.go"] = []byte("package main\n\n" + imports.String() + "\nvar versions = map[string]version{\n" + entries.String() + "}\n")
	if err := moduleFiles(files); err != nil {
		return err
	}
	for name, data := range files {
		path := filepath.Join(e.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("make a directory: %w", err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return fmt.Errorf("write the evaluator: %w", err)
		}
	}
	return nil
}

// adapt makes a source ask the evaluator for what it would ask the machine. An import comment, as older ones have, would pin its path.
func adapt(text string) string {
	return strings.NewReplacer(
		"\t\"runtime\"\n", "\truntime \"evaluator/machine\"\n",
		"\""+containerdV2+"/pkg/kernelversion\"", "kernelversion \"evaluator/machine\"",
		"\""+containerdV1+"/contrib/seccomp/kernelversion\"", "kernelversion \"evaluator/machine\"",
		" // import \""+dockerModule+"/profiles/seccomp\"", "",
	).Replace(text)
}

// moduleFiles adds go.mod and go.sum, with the modules that the sources import as this one has them.
func moduleFiles(files map[string][]byte) error {
	requires := ""
	for _, m := range []string{"github.com/opencontainers/runtime-spec", "golang.org/x/sys"} {
		v, err := goList("-m", "-f", "{{.Version}}", m)
		if err != nil {
			return err
		}
		requires += "require " + m + " " + v + "\n"
	}
	sum, err := os.ReadFile("go.sum")
	if err != nil {
		return fmt.Errorf("read go.sum: %w", err)
	}
	files["go.mod"], files["go.sum"] = []byte("module evaluator\n\ngo 1.26.0\n\n"+requires), sum
	return nil
}
