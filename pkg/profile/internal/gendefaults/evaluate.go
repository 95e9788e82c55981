package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	// The module whose source is evaluated; tests also call it as it is.
	_ "github.com/containerd/containerd/v2/contrib/seccomp"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// host is one machine and one workload, as containerd's code asks for them.
type machine struct {
	GOARCH        string
	Kernel, Major uint64
	Bounding      []string
}

// result is what containerd's code computes there, and the kernel versions that it asked for.
type result struct {
	Filter *specs.LinuxSeccomp
	Asked  [][2]uint64
}

const containerdModule = "github.com/containerd/containerd/v2"

//go:embed evaluator/main.go.txt
var evaluatorMain []byte

//go:embed evaluator/kernelversion.go.txt
var evaluatorKernel []byte

// evaluate runs containerd's own source for machines that this one is not. The file is copied into a module in a temporary
// directory, with runtime.GOARCH replaced by a variable and the kernel's version by one that is given.
func evaluate(machines []machine) ([]result, error) {
	dir, err := os.MkdirTemp("", "gendefaults-")
	if err != nil {
		return nil, fmt.Errorf("make a directory: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := writeEvaluator(dir); err != nil {
		return nil, err
	}
	in, err := json.Marshal(machines)
	if err != nil {
		return nil, fmt.Errorf("encode machines: %w", err)
	}
	cmd := exec.Command("go", "run", "-mod=mod", ".")
	cmd.Dir, cmd.Stdin, cmd.Stderr = dir, bytes.NewReader(in), os.Stderr
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("run containerd's source: %w", err)
	}
	var results []result
	if err := json.Unmarshal(out, &results); err != nil {
		return nil, fmt.Errorf("decode results: %w", err)
	}
	return results, nil
}

func writeEvaluator(dir string) error {
	source, err := goList("-m", "-f", "{{.Dir}}", containerdModule)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(source, "contrib/seccomp/seccomp_default.go"))
	if err != nil {
		return fmt.Errorf("read containerd's source: %w", err)
	}
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
	changed := strings.NewReplacer(
		"package seccomp\n", "package main\n",
		"\t\"runtime\"\n", "",
		"runtime.GOARCH", "goarch",
		containerdModule+"/pkg/kernelversion", "evaluator/kernelversion",
	).Replace(string(text))
	if err := os.Mkdir(filepath.Join(dir, "kernelversion"), 0o755); err != nil {
		return fmt.Errorf("make a directory: %w", err)
	}
	for name, data := range map[string][]byte{
		"go.mod": []byte("module evaluator\n\ngo 1.26.0\n\n" + requires), "go.sum": sum, "main.go": evaluatorMain,
		"kernelversion/kernelversion.go": evaluatorKernel, "default.go": []byte(changed),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return fmt.Errorf("write the evaluator: %w", err)
		}
	}
	return nil
}

func moduleVersion(path string) (string, error) {
	v, err := goList("-m", "-f", "{{.Version}}", path)
	return strings.TrimPrefix(v, "v"), err
}

func goList(args ...string) (string, error) {
	out, err := exec.Command("go", append([]string{"list"}, args...)...).Output()
	if err != nil {
		return "", fmt.Errorf("go list %s: %w", args[len(args)-1], err)
	}
	return strings.TrimSpace(string(out)), nil
}
