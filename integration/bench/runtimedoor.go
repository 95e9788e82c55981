package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/integration/node"
)

// settle is for what the kernel does of a container after it is gone: it takes
// apart namespaces and cgroups, on whatever processor.
const settle = 20 * time.Millisecond

// creation measures create and run, each from a bundle as an engine would have
// written it.
func (b *doorBench) creation(ctx context.Context) ([]result, error) {
	door, err := node.Binary("seccompd-runtime")
	if err != nil {
		return nil, err
	}
	// A first run shows what is installed.
	if err := b.bundle("bare", nil); err != nil {
		return nil, err
	}
	if _, err := b.call(ctx, door, "trim", "run", "--bundle", b.dir+"/bare", b.id()); err != nil {
		return nil, err
	}
	ours, err := b.filter("bare")
	if err != nil {
		return nil, err
	}
	theirs := *ours // containerd's own default names these, whatever the kernel runs
	theirs.Architectures = []specs.Arch{specs.ArchX86_64, specs.ArchX86, specs.ArchX32}
	thing := func(program, settings, verb, bundle string, filter *specs.LinuxSeccomp) func(context.Context) (time.Duration, error) {
		return func(ctx context.Context) (time.Duration, error) {
			if err := b.bundle(bundle, filter); err != nil {
				return 0, err
			}
			id := b.id()
			time.Sleep(settle)
			took, err := b.call(ctx, program, settings, verb, "--bundle", b.dir+"/"+bundle, id)
			if err == nil && verb == "create" {
				_, err = b.call(ctx, b.real, settings, "delete", "--force", id)
			}
			return took, err
		}
	}
	took, err := compare(ctx, "runtime door", 2*b.rounds,
		thing(door, "trim", "create", "bare", nil), thing(b.real, "trim", "create", "ours", ours),
		thing(door, "trim", "run", "bare", nil), thing(b.real, "trim", "run", "theirs", &theirs), thing(door, "native", "run", "bare", nil),
		thing(door, "alone", "create", "bare", nil), thing(b.real, "trim", "create", "theirs", &theirs))
	if err != nil {
		return nil, err
	}
	most := 1.05
	if b.name == "crun" {
		most = 0 // to start any other program first is as much of its 9 ms
	}
	return []result{
		paired(b.name+", create: through the door, enforcing / the same filter without it", took[0], took[1], most),
		paired(b.name+", create: the same / containerd's default without the door", took[0], took[6], 0),
		paired(b.name+", create: the same, where no daemon runs", took[5], took[1], 0),
		paired(b.name+", run: seccompd's default through the door / containerd's default", took[2], took[3], 0.87),
		paired(b.name+", run: the same, architectures: native", took[4], took[3], 0.74),
	}, nil
}

func (b *doorBench) id() string {
	b.count++
	return fmt.Sprintf("%s-%d", filepath.Base(b.dir), b.count)
}

func (b *doorBench) filter(bundle string) (*specs.LinuxSeccomp, error) {
	text, err := os.ReadFile(filepath.Join(b.dir, bundle, "config.json"))
	if err != nil {
		return nil, err
	}
	var spec specs.Spec
	if err := json.Unmarshal(text, &spec); err != nil {
		return nil, err
	}
	if spec.Linux == nil || spec.Linux.Seccomp == nil {
		return nil, fmt.Errorf("the door installed no filter")
	}
	return spec.Linux.Seccomp, nil
}

// life measures commands that the door only passes on.
func (b *doorBench) life(ctx context.Context) ([]result, error) {
	door, err := node.Binary("seccompd-runtime")
	if err != nil {
		return nil, err
	}
	if err := b.bundle("bare", nil); err != nil {
		return nil, err
	}
	id := b.id()
	if _, err := b.call(ctx, b.real, "trim", "create", "--bundle", b.dir+"/bare", id); err != nil {
		return nil, err
	}
	defer func() { _, _ = b.call(context.WithoutCancel(ctx), b.real, "trim", "delete", "--force", id) }()
	thing := func(program string, args ...string) func(context.Context) (time.Duration, error) {
		return func(ctx context.Context) (time.Duration, error) { return b.call(ctx, program, "trim", args...) }
	}
	took, err := compare(ctx, "passing on", 2*b.rounds,
		thing(door, "state", id), thing(b.real, "state", id), thing(door, "kill", id, "CONT"), thing(b.real, "kill", id, "CONT"))
	if err != nil {
		return nil, err
	}
	return []result{
		paired(b.name+", state: through the door / without it", took[0], took[1], 0),
		paired(b.name+", kill: through the door / without it", took[2], took[3], 0),
	}, nil
}

const onlyExecInC = `#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv, char **env) { execve(getenv("ONLYEXEC"), argv, env); return 1; }
`

// start measures the door alone against the least that a program in its place
// can cost: each executes a program that ends at once.
func (b *doorBench) start(ctx context.Context) ([]result, error) {
	door, err := node.Binary("seccompd-runtime")
	if err != nil {
		return nil, err
	}
	inGo, inC, nothing := b.dir+"/only-go", b.dir+"/only-c", b.dir+"/nothing"
	for file, source := range map[string]string{inC: onlyExecInC, nothing: "int main(void) { return 0; }\n"} {
		if err := os.WriteFile(file+".c", []byte(source), 0o600); err != nil {
			return nil, err
		}
		if out, err := exec.CommandContext(ctx, "cc", "-O2", "-static", "-o", file, file+".c").CombinedOutput(); err != nil {
			return nil, fmt.Errorf("compile: %w: %s", err, out)
		}
	}
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", inGo, "./cmd/onlyexec")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build: %w: %s", err, out)
	}
	settings, err := json.Marshal(map[string]string{"runtime": nothing})
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(b.dir+"/trim/nothing.json", settings, 0o600); err != nil {
		return nil, err
	}
	thing := func(program string) func(context.Context) (time.Duration, error) {
		return func(ctx context.Context) (time.Duration, error) {
			cmd := exec.CommandContext(ctx, program, "--root", "/run/containerd/runc/default", "--log", "/dev/null", "state", "x")
			cmd.Env = append(os.Environ(), "ONLYEXEC="+nothing, "SECCOMPD_RUNTIME_CONFIG="+b.dir+"/trim/nothing.json")
			began := time.Now()
			err := cmd.Run()
			return time.Since(began), err
		}
	}
	took, err := compare(ctx, "start", 10*b.rounds, thing(door), thing(inGo), thing(inC))
	if err != nil {
		return nil, err
	}
	return []result{
		paired("start of the door / of a Go program that only executes", took[0], took[1], 1.3),
		paired("start of the door / of a static C program that only executes", took[0], took[2], 0),
	}, nil
}
