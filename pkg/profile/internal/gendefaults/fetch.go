package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// fetch returns the directory of each release's source, from the module cache where it is there.
func fetch(list []release) ([]string, error) {
	args := []string{"mod", "download", "-json"}
	for _, r := range list {
		args = append(args, r.module+"@"+r.version)
	}
	cmd := exec.Command("go", args...)
	// Outside of a module, so that versions of one module can stand beside one another.
	cmd.Dir, cmd.Stderr = os.TempDir(), os.Stderr
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("download sources: %w", err)
	}
	dirs := make([]string, len(list))
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for dec.More() {
		var m struct{ Path, Version, Sum, Dir string }
		if err := dec.Decode(&m); err != nil {
			return nil, fmt.Errorf("download sources: %w", err)
		}
		for i, r := range list {
			switch {
			case r.module != m.Path || r.version != m.Version:
			case r.sum != m.Sum:
				return nil, fmt.Errorf("download sources: %s@%s is %s, and not %s", m.Path, m.Version, m.Sum, r.sum)
			default:
				dirs[i] = filepath.Join(m.Dir, r.dir)
			}
		}
	}
	return dirs, nil
}

// newest are the releases that the module file of this generator names: what RuntimeDefault returns.
func newest() (containerd, docker release, err error) {
	containerd = release{module: containerdV2, dir: "contrib/seccomp"}
	docker = release{module: mobyProfiles, docker: true}
	for _, r := range []*release{&containerd, &docker} {
		if r.version, err = goList("-m", "-f", "{{.Version}}", r.module); err != nil {
			return containerd, docker, err
		}
		if r.sum, err = goList("-m", "-f", "{{.Sum}}", r.module); err != nil {
			return containerd, docker, err
		}
	}
	containerd.name = "containerd-" + strings.TrimPrefix(containerd.version, "v")
	docker.name = "moby-profiles-" + strings.TrimPrefix(docker.version, "v")
	return containerd, docker, nil
}

func goList(args ...string) (string, error) {
	out, err := exec.Command("go", append([]string{"list"}, args...)...).Output()
	if err != nil {
		return "", fmt.Errorf("go list %s: %w", args[len(args)-1], err)
	}
	return strings.TrimSpace(string(out)), nil
}
