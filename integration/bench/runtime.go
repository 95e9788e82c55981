package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/integration/node"
)

// A door is the runtime door with a policy, and bundles for it, on tmpfs: that
// is where engines have theirs.
type doorBench struct {
	dir    string
	rounds int
	count  int
	name   string   // the runtime's
	real   string   // its path
	flags  []string // of every call of it
	// daemons are those that the doors ask, by the name of their settings.
	daemons []*exec.Cmd
}

const onlyRuntimeDefault = "apiVersion: seccompd/v1\nkind: NodePolicy\nmode: enforce\ndoors: [runtime]\ndefault: {action: replace, profile: {type: RuntimeDefault}}\n"

// runtimeDoor measures what the runtime door costs, or saves, before runc and
// before crun.
func runtimeDoor(ctx context.Context, rounds int) ([]result, error) {
	runc, err := node.Binary("runc")
	if err != nil {
		return nil, err
	}
	b := &doorBench{name: "runc", real: runc, rounds: rounds}
	results, err := b.measure(ctx, b.creation, b.life, b.start)
	if err != nil {
		return nil, err
	}
	more, err := crunDoor(ctx, rounds)
	return append(results, more...), err
}

// measure makes what the parts need, and measures them.
func (b *doorBench) measure(ctx context.Context, parts ...func(context.Context) ([]result, error)) (results []result, err error) {
	if b.dir, err = os.MkdirTemp("/dev/shm", "seccompd-bench-"); err != nil {
		return nil, err
	}
	defer func() { b.stop(); err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if err := b.install(ctx, "trim", onlyRuntimeDefault); err != nil {
		return nil, err
	}
	if err := b.install(ctx, "native", onlyRuntimeDefault+"architectures: native\n"); err != nil {
		return nil, err
	}
	if err := b.install(ctx, "alone", onlyRuntimeDefault); err != nil {
		return nil, err
	}
	for _, name := range []string{"trim", "native"} {
		if err := b.daemon(ctx, name); err != nil {
			return nil, err
		}
	}
	for _, part := range parts {
		more, err := part(ctx)
		if err != nil {
			return nil, err
		}
		results = append(results, more...)
	}
	return results, nil
}

// install makes a policy and settings of a name.
func (b *doorBench) install(ctx context.Context, name, policy string) error {
	ctl, err := node.Binary("seccompctl")
	if err != nil {
		return err
	}
	dir := filepath.Join(b.dir, name)
	settings, err := json.Marshal(map[string]string{"runtime": b.real, "stateDir": dir + "/state", "runDir": dir + "/run", "decisions": dir + "/decisions.jsonl", "seccompctl": ctl})
	if err != nil {
		return err
	}
	if err := errors.Join(os.MkdirAll(dir+"/profiles", 0o700), os.WriteFile(dir+"/policy.yaml", []byte(policy), 0o600), os.WriteFile(dir+"/runtime.json", settings, 0o600)); err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, ctl, "--policy", dir+"/policy.yaml", "--profiles", dir+"/profiles", "--state-dir", dir+"/state", "--run-dir", dir+"/run", "--runtime", b.real, "apply").CombinedOutput()
	if err != nil {
		return fmt.Errorf("apply: %w: %s", err, out)
	}
	return nil
}

// daemon starts the daemon of a name, and waits until doors can ask it.
func (b *doorBench) daemon(ctx context.Context, name string) error {
	program, err := node.Binary("seccompd")
	if err != nil {
		return err
	}
	dir := filepath.Join(b.dir, name)
	cmd := exec.CommandContext(ctx, program, "--policy", dir+"/policy.yaml", "--profiles", dir+"/profiles", "--state-dir", dir+"/state", "--run-dir", dir+"/run", "--runtime", b.real,
		"--decisions", dir+"/decisions.jsonl", "--denials", "", "--drift-interval", "0", "--nri-socket", dir+"/none.sock")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	b.daemons = append(b.daemons, cmd)
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(dir + "/run/runtime.sock"); err == nil {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("the daemon of %s does not listen for doors", name)
		}
	}
}

func (b *doorBench) stop() {
	for _, d := range b.daemons {
		_ = d.Process.Kill()
		_ = d.Wait()
	}
}

// bundle writes a bundle with a filter, or none.
func (b *doorBench) bundle(name string, filter *specs.LinuxSeccomp) error {
	dir := filepath.Join(b.dir, name)
	spec := node.BareSpec(filter, []string{"CAP_CHOWN", "CAP_KILL"}, "/probe", "exit:0")
	spec.Linux.CgroupsPath = "/" + filepath.Base(b.dir)
	return errors.Join(node.BareRoot(dir), node.WriteSpec(dir, spec))
}

// call runs a program as containerd's shim would run a runtime, and returns how long it took.
func (b *doorBench) call(ctx context.Context, program, settings string, args ...string) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, program, slices.Concat(b.flags, []string{"--root", b.dir + "/containers/default", "--log", b.dir + "/log.json", "--log-format", "json"}, args)...)
	cmd.Env = append(os.Environ(), "NAMESPACE=default", "SECCOMPD_RUNTIME_CONFIG="+b.dir+"/"+settings+"/runtime.json")
	began := time.Now()
	err := cmd.Run() // nothing is captured: a container that goes on would hold the pipe
	took := time.Since(began)
	if err != nil {
		text, _ := os.ReadFile(b.dir + "/log.json")
		err = fmt.Errorf("%s %s: %w: %s", filepath.Base(program), args[0], err, text)
	}
	return took, err
}
