package integration_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/integration/node"
)

// A handmade bundle with no filter of its own, whose program asks the kernel
// for what the policy denies.
const bundleConfig = `{"ociVersion":"1.0.2",@TOP"process":{@PROCESS"user":{"uid":0,"gid":0},"args":["/probe","-n","mkdir","exit:0"],"cwd":"/","capabilities":{"bounding":["CAP_KILL"],"effective":["CAP_KILL"],"permitted":["CAP_KILL"]}},` +
	`"root":{"path":"rootfs","readonly":true},"annotations":{@NOTES"a":"b"},"mounts":[{"destination":"/proc","type":"proc","source":"proc"},{"destination":"/dev","type":"tmpfs","source":"tmpfs"}],` +
	`"linux":{@LINUX"cgroupsPath":"@CGROUP","namespaces":[{"type":"mount"},{"type":"pid"},{"type":"ipc"},{"type":"uts"}]}}`

var attackCount atomic.Int64

// A bundle for the runtimes alone, without an engine.
type bareBundle struct {
	t           *testing.T
	s           *shim
	dir, id     string
	root        string // of the runtime's state: its last part is containerd's namespace
	env         []string
	called      string
	log         string
	extraGlobal []string
}

func newBundle(t *testing.T, s *shim) *bareBundle {
	t.Helper()
	b := &bareBundle{t: t, s: s, dir: t.TempDir(), called: s.bin + "/runc"}
	b.id = fmt.Sprintf("attack-%d-%d", os.Getpid(), attackCount.Add(1))
	b.root = s.dir + "/containers/default"
	b.log = b.dir + "/log.json"
	b.env = append(os.Environ(), append(s.env(), "NAMESPACE=default")...)
	if err := os.MkdirAll(b.root, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := node.BareRoot(b.dir); err != nil {
		t.Fatal(err)
	}
	b.write(b.config(nil))
	t.Cleanup(func() {
		_ = exec.Command(s.binary(t, "runc"), "--root", b.root, "delete", "--force", b.id).Run() // whatever is left of it
	})
	return b
}

// config is the bundle's configuration with texts at some of its places.
func (b *bareBundle) config(at map[string]string) string {
	text := strings.Replace(bundleConfig, "@CGROUP", scratch.CgroupParent()+"/"+b.id, 1)
	for _, place := range []string{"TOP", "PROCESS", "NOTES", "LINUX"} {
		text = strings.Replace(text, "@"+place, at[place], 1)
	}
	return text
}

func (b *bareBundle) write(text string) {
	if err := os.WriteFile(b.dir+"/config.json", []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// run runs the container, and returns what its program and the runtime said.
func (b *bareBundle) run(args ...string) (string, error) {
	if args == nil {
		args = []string{"run", "--bundle", b.dir, b.id}
	}
	ctx, cancel := context.WithTimeout(b.t.Context(), settle)
	defer cancel()
	global := append([]string{"--root", b.root, "--log", b.log, "--log-format", "json"}, b.extraGlobal...)
	cmd := exec.CommandContext(ctx, b.called, append(global, args...)...)
	cmd.Env, cmd.Dir = b.env, b.dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// refused says that a container was not created, for a reason, and that it was
// told as engines want to be told.
func (b *bareBundle) refused(out string, err error, want string) {
	b.t.Helper()
	if err == nil || !strings.Contains(out, want) || !strings.Contains(out, "seccompd refused the container") || strings.Contains(out, "mkdir =") {
		b.t.Errorf("not refused with %q: %v\n%.600s", want, err, out)
		return
	}
	text, reading := os.ReadFile(b.log)
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	var last struct{ Level, Msg, Time string }
	if reading != nil || json.Unmarshal(lines[len(lines)-1], &last) != nil || last.Level != "error" || !strings.Contains(last.Msg, want) {
		b.t.Errorf("the last line of the log is %q, %v", lines[len(lines)-1], reading)
	}
	if _, err := time.Parse(time.RFC3339Nano, last.Time); err != nil || strings.Count(out, "seccompd refused") != 1 || len(last.Msg) > 512 {
		b.t.Errorf("not one line with a time: %q", out)
	}
	for _, misread := range []string{"no such file or directory", "permission denied", "executable file not found"} {
		if strings.Contains(out, misread) {
			b.t.Errorf("engines take %q for something else: %s", misread, out)
		}
	}
}

// created says that a container ran, under the policy's filter.
func (b *bareBundle) created(out string, err error) {
	b.t.Helper()
	if err != nil || !strings.Contains(out, "mkdir = -1 EPERM") || strings.Contains(out, "seccompd") {
		b.t.Errorf("not created under the policy's filter: %v\n%.600s", err, out)
	}
}

// attackPolicy denies what nothing else on the machine does.
const attackPolicy = "mode: enforce\ndefault: {action: replace, profile: {base: RuntimeDefault, deny: [mkdir]}}\n"

// TestShimAttacks has ways round the door, each of which ends in a refusal or
// with the policy's filter in place; the same bundle without it is created.
func TestShimAttacks(t *testing.T) {
	t.Parallel()
	t.Run("alone", func(t *testing.T) { attack(t, newAttacked(t)) })
	t.Run("with the daemon", func(t *testing.T) {
		s := newAttacked(t)
		d := s.daemon(t)
		// On a busy machine it may answer too late, and the door decides.
		for end := time.Now().Add(settle); ; {
			attack(t, s)
			done, left := d.answers(t)
			if done >= 5 && left >= 20 || t.Failed() {
				break
			}
			if t.Logf("the door asked: %d were done, %d left to it", done, left); time.Now().After(end) {
				t.Fatal("the daemon was hardly asked")
			}
		}
	})
}

// newAttacked is a door before both runtimes. crun is alone with cgroup v2, and makes no group.
func newAttacked(t *testing.T) *shim {
	t.Helper()
	s := newShim(t, "")
	s.crun = script(t, filepath.Join(s.dir, "real", "alone"), "exec unshare --mount sh -c 'mount -t cgroup2 none /sys/fs/cgroup && exec \"$@\"' sh "+s.crun+" --cgroup-manager=disabled \"$@\"\n")
	s.values["runtimes"] = map[string]string{"runc": s.binary(t, "runc"), "crun": s.crun}
	s.runtimes = []string{s.binary(t, "runc"), s.crun}
	s.configure(t, nil)
	s.apply(t, attackPolicy)
	return s
}

// control holds what a runtime makes of an attack without the door: a container without a filter where the runtime is one of those
// that run it, and no container elsewhere.
func (b *bareBundle) control(out string, err error, runtime, runs string) {
	b.t.Helper()
	if strings.Contains(runs, runtime) != (err == nil && strings.Contains(out, "mkdir = -14 EFAULT")) || strings.Contains(out, "mkdir = -1 EPERM") {
		b.t.Errorf("control: %s, one of %q: %v %.600s", runtime, runs, err, out)
	}
}

// Those that run an attack without the door.
const (
	both    = "runc and crun"
	neither = ""
)

func attack(t *testing.T, s *shim) {
	t.Helper()
	control := newBundle(t, s)
	control.created(control.run())
	text, err := os.ReadFile(control.dir + "/config.json")
	if err != nil || !bytes.Contains(text, []byte(`"seccomp":{"defaultAction":"SCMP_ACT_ERRNO"`)) {
		t.Errorf("the bundle of the control: %v %s", err, text)
	}
	const allow = `{"defaultAction":"SCMP_ACT_ALLOW"}`
	direct := map[string]string{"runc": s.binary(t, "runc"), "crun": s.crun}
	texts := map[string]struct {
		at   map[string]string
		want string
		runs string // without the door
	}{
		"another case of seccomp":     {map[string]string{"LINUX": `"seccomp":null,"SECCOMP":` + allow + `,`}, "by some runtimes and not by others", both},
		"only another case":           {map[string]string{"LINUX": `"Seccomp":` + allow + `,`}, "by some runtimes and not by others", both},
		"seccomp twice":               {map[string]string{"LINUX": `"seccomp":null,"seccomp":` + allow + `,`}, "stands twice", both},
		"linux twice":                 {map[string]string{"TOP": `"linux":{"seccomp":` + allow + `},`}, "stands twice", both},
		"another case of linux":       {map[string]string{"TOP": `"Linux":{"seccomp":` + allow + `},`}, "by some runtimes and not by others", both},
		"an escape in a key":          {map[string]string{"LINUX": `"\u0073eccomp":null,"seccomp":` + allow + `,`}, "stands twice", both},
		"an escape of another case":   {map[string]string{"LINUX": `"\u0053eccomp":` + allow + `,`}, "by some runtimes and not by others", both},
		"a letter that folds":         {map[string]string{"LINUX": `"` + "\u017f" + `eccomp":` + allow + `,`}, "by some runtimes and not by others", both},
		"a NUL in a key":              {map[string]string{"LINUX": `"seccomp\u0000":` + allow + `,`}, "a NUL in a string", both},
		"a nested duplicate":          {map[string]string{"LINUX": `"seccomp":{"defaultAction":"SCMP_ACT_ERRNO","defaultAction":"SCMP_ACT_ALLOW"},`}, "stands twice", "runc"},
		"a nested case":               {map[string]string{"LINUX": `"seccomp":{"defaultAction":"SCMP_ACT_ERRNO","DEFAULTACTION":"SCMP_ACT_ALLOW"},`}, "is read as", "runc"},
		"process twice":               {map[string]string{"TOP": `"process":{"args":["/probe"]},`}, "stands twice", "runc"},
		"capabilities twice":          {map[string]string{"PROCESS": `"capabilities":{"bounding":["CAP_SYS_ADMIN"]},`}, "stands twice", both},
		"another case in process":     {map[string]string{"PROCESS": `"Capabilities":{"bounding":["CAP_SYS_ADMIN"]},`}, "is read as", both},
		"annotations twice":           {map[string]string{"NOTES": `"a":"c",`}, "stands twice", both},
		"annotations of another case": {map[string]string{"NOTES": `"A":"c",`}, "differ in case alone", both},
		"deep":                        {map[string]string{"TOP": `"x":` + strings.Repeat("[", 1e5) + strings.Repeat("]", 1e5) + `,`}, "nested more than", "crun"},
		"huge":                        {map[string]string{"NOTES": `"x":"` + strings.Repeat("x", 17<<20) + `",`}, "more than the", both},
		"many values":                 {map[string]string{"TOP": `"x":[` + strings.Repeat("0,", 1e6) + `0],`}, "values", both},
		"not a number":                {map[string]string{"PROCESS": `"oomScoreAdj":NaN,`}, "not valid JSON", neither},
		"an overflow":                 {map[string]string{"PROCESS": `"oomScoreAdj":1e999,`}, "out of range", neither},
		"a number that wraps":         {map[string]string{"LINUX": `"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["unshare"],"action":"SCMP_ACT_ERRNO","errnoRet":4294967296}]},`}, "whole number", "runc"},
		"a fraction":                  {map[string]string{"LINUX": `"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","defaultErrnoRet":1.5},`}, "not written as a whole one", neither},
		"invalid UTF-8":               {map[string]string{"NOTES": "\"\xff\":\"\","}, "not valid UTF-8", "runc"},
		"half of a surrogate pair":    {map[string]string{"NOTES": `"\ud800":"",`}, "surrogate", both},
		"a comment":                   {map[string]string{"TOP": `/*"linux":{"seccomp":null},*/`}, "not valid JSON", "crun"},
		"crun's filter":               {map[string]string{"NOTES": `"run.oci.seccomp_bpf_data":"` + everyCall() + `",`}, "run.oci.seccomp_bpf_data", both},
		"crun's receiver":             {map[string]string{"NOTES": `"run.oci.seccomp.receiver":"/x",`}, "run.oci.seccomp.receiver", both},
		"crun's plugins":              {map[string]string{"NOTES": `"run.oci.seccomp.plugins":"/x",`}, "run.oci.seccomp.plugins", both},
	}
	for name, c := range texts {
		t.Run("text/"+name, func(t *testing.T) {
			b := newBundle(t, s)
			b.write(b.config(c.at))
			out, err := b.run()
			b.refused(out, err, c.want)
			for runtime, path := range direct {
				b.called = path
				out, err = b.run()
				b.control(out, err, runtime, c.runs)
			}
		})
	}
	for name, c := range map[string]struct {
		do   func(b *bareBundle) (string, error)
		want string // "" ends with the policy's filter
		runs string // without the door
	}{
		"a byte order mark":    {func(b *bareBundle) (string, error) { b.write("\ufeff" + b.config(nil)); return b.run() }, "byte order mark", neither},
		"text after the end":   {func(b *bareBundle) (string, error) { b.write(b.config(nil) + `{"linux":{}}`); return b.run() }, "text after the end", "runc"},
		"half a configuration": {func(b *bareBundle) (string, error) { b.write(b.config(nil)[:200]); return b.run() }, "config.json:1:201", neither},
		"a linked configuration": {func(b *bareBundle) (string, error) {
			b.must(os.Rename(b.dir+"/config.json", b.dir+"/real.json"), os.Symlink("real.json", b.dir+"/config.json"))
			return b.run()
		}, "symbolic link", both},
		"a linked bundle": {func(b *bareBundle) (string, error) {
			b.must(os.Symlink(b.dir, b.dir+"/l"))
			return b.run("run", "--bundle", b.dir+"/l", b.id)
		}, "symbolic link", both},
		"a bundle all may write":    {func(b *bareBundle) (string, error) { b.must(os.Chmod(b.dir, 0o777)); return b.run() }, "written by everybody", both},
		"a configuration of others": {func(b *bareBundle) (string, error) { b.must(os.Chown(b.dir+"/config.json", 1234, 0)); return b.run() }, "belongs to user 1234", both},
		"another file of crun's": {func(b *bareBundle) (string, error) {
			b.must(os.WriteFile(b.dir+"/other.json", []byte(b.config(nil)), 0o600))
			return b.run("run", "-f", "other.json", "--bundle", b.dir, b.id)
		}, "another configuration", "crun"},
		"the same, written out": {func(b *bareBundle) (string, error) {
			b.must(os.WriteFile(b.dir+"/other.json", []byte(b.config(nil)), 0o600))
			return b.run("run", "--config=other.json", "--bundle", b.dir, b.id)
		}, "another configuration", "crun"},
		"an abbreviated option": {func(b *bareBundle) (string, error) { return b.run("run", "--bund", b.dir, b.id) }, "not known here", "crun"},
		"an attached value":     {func(b *bareBundle) (string, error) { return b.run("run", "-b"+b.dir, b.id) }, "not known here", "crun"},
		"a bundle twice": {func(b *bareBundle) (string, error) {
			return b.run("run", "--bundle", "/nowhere", "--bundle", b.dir, b.id)
		}, "given twice", both},
		"an abbreviated global option": {func(b *bareBundle) (string, error) { b.extraGlobal = []string{"--debu"}; return b.run() }, "not known here", "crun"},
		"an id called create":          {func(b *bareBundle) (string, error) { b.id = "create"; return b.run("run", "--bundle", b.dir, "create") }, "", both},
		"an id before options":         {func(b *bareBundle) (string, error) { return b.run("run", b.id, "--bundle", b.dir) }, "", "runc"},
		"the working directory":        {func(b *bareBundle) (string, error) { return b.run("run", b.id) }, "", both},
		"a checkpoint": {func(b *bareBundle) (string, error) {
			return b.run("restore", "--bundle", b.dir, "--image-path", b.dir, b.id)
		}, "checkpoint", neither},
		"an environment's receiver": {func(b *bareBundle) (string, error) {
			b.env = append(b.env, "RUN_OCI_SECCOMP_RECEIVER=/x")
			return b.run()
		}, "", both},
		"pod names by hand": {func(b *bareBundle) (string, error) {
			b.write(b.config(map[string]string{"NOTES": `"io.kubernetes.cri.container-type":"container","io.kubernetes.cri.sandbox-namespace":"kube-system",`}))
			return b.run()
		}, "", both},
		"a namespace that is claimed": {func(b *bareBundle) (string, error) {
			b.env = append(b.env, "NAMESPACE=k8s.io")
			b.write(b.config(map[string]string{"NOTES": `"io.kubernetes.cri.container-type":"container","io.kubernetes.cri.sandbox-namespace":"kube-system",`}))
			return b.run()
		}, "", both},
	} {
		t.Run("call/"+name, func(t *testing.T) {
			for runtime, path := range direct {
				b := newBundle(t, s)
				b.called = s.bin + "/" + runtime
				out, err := c.do(b)
				switch {
				case c.want != "":
					b.refused(out, err, c.want)
				case strings.Contains(c.runs, runtime):
					b.created(out, err)
				case err == nil || strings.Contains(out, "mkdir ="):
					t.Errorf("%s runs it through the door, and not without: %s", runtime, out)
				}
				b = newBundle(t, s)
				b.called = path
				out, err = c.do(b)
				b.control(out, err, runtime, c.runs)
			}
		})
	}
}

func (b *bareBundle) must(errs ...error) {
	b.t.Helper()
	if err := errors.Join(errs...); err != nil {
		b.t.Fatal(err)
	}
}

// TestShimAttacksOnItself has what is done to the door's own files.
func TestShimAttacksOnItself(t *testing.T) {
	t.Parallel()
	snapshots := func(s *shim) []string {
		all, _ := filepath.Glob(s.dir + "/state/*.snapshot")
		return all
	}
	for name, c := range map[string]struct {
		spoil func(t *testing.T, s *shim, b *bareBundle) error
		want  string // "" ends with the policy's filter
	}{
		"control":                   {func(*testing.T, *shim, *bareBundle) error { return nil }, ""},
		"no policy":                 {func(_ *testing.T, s *shim, _ *bareBundle) error { return os.RemoveAll(s.dir + "/state") }, "no policy is in force"},
		"a snapshot cut short":      {func(_ *testing.T, s *shim, _ *bareBundle) error { return os.Truncate(snapshots(s)[0], 500) }, "corrupt"},
		"a snapshot that all write": {func(_ *testing.T, s *shim, _ *bareBundle) error { return os.Chmod(snapshots(s)[0], 0o666) }, "may be written by others"},
		"a foreign snapshot":        {func(_ *testing.T, s *shim, _ *bareBundle) error { return os.Chown(snapshots(s)[0], 1234, 0) }, "not owned by root"},
		"a linked snapshot": {func(_ *testing.T, s *shim, _ *bareBundle) error {
			f := snapshots(s)[0]
			return errors.Join(os.Rename(f, s.dir+"/x"), os.Symlink(s.dir+"/x", f))
		}, "too many levels"},
		"the newest is cut short": {func(t *testing.T, s *shim, _ *bareBundle) error {
			s.apply(t, attackPolicy+"architectures: native\n")
			return os.Truncate(snapshots(s)[1], 500)
		}, ""},
		"settings that all write": {func(_ *testing.T, s *shim, _ *bareBundle) error { return os.Chmod(s.settings, 0o666) }, "others than its owner may write"},
		"foreign settings":        {func(_ *testing.T, s *shim, _ *bareBundle) error { return os.Chown(s.settings, 1234, 0) }, "does not belong to root"},
		"no settings":             {func(_ *testing.T, s *shim, _ *bareBundle) error { return os.Remove(s.settings) }, "read settings"},
		"unknown settings": {func(t *testing.T, s *shim, _ *bareBundle) error {
			s.configure(t, map[string]any{"stateDirs": "/x"})
			return nil
		}, "of settings has no field"},
		"a setting twice": {func(_ *testing.T, s *shim, _ *bareBundle) error {
			text, err := os.ReadFile(s.settings)
			if err != nil {
				return err
			}
			return os.WriteFile(s.settings, bytes.Replace(text, []byte("{"), []byte("{\"decisions\":\"\",\"decisions\":\"\","), 1), 0o600)
		}, "stands twice"},
		"settings with a relative path": {func(t *testing.T, s *shim, _ *bareBundle) error {
			s.configure(t, map[string]any{"stateDir": "state"})
			return nil
		}, "not an absolute path"},
		"no real runtime": {func(t *testing.T, s *shim, _ *bareBundle) error {
			s.configure(t, map[string]any{"runtimes": map[string]string{"runc": "/nowhere/runc"}})
			return nil
		}, "the real runtime /nowhere/runc: it is not there"},
		"no runtime of that name": {func(t *testing.T, s *shim, _ *bareBundle) error {
			s.configure(t, map[string]any{"runtimes": map[string]string{"crun": s.crun}})
			return nil
		}, "name no runtime for"},
		"its own runtime": {func(t *testing.T, s *shim, _ *bareBundle) error {
			s.configure(t, map[string]any{"runtimes": map[string]string{"runc": s.bin + "/runc"}})
			return nil
		}, "is this program itself"},
		"its own runtime, by a script": {func(t *testing.T, s *shim, _ *bareBundle) error {
			s.configure(t, map[string]any{"runtimes": map[string]string{"runc": s.dir + "/real/runc"}})
			return os.WriteFile(s.dir+"/real/runc", []byte("#!/bin/sh\nexec "+s.bin+"/runc \"$@\"\n"), 0o755)
		}, "starts this program again"},
		"a runtime that is no program": {func(t *testing.T, s *shim, _ *bareBundle) error {
			s.configure(t, map[string]any{"runtimes": map[string]string{"runc": "/dev/null"}})
			return nil
		}, "is not a program"},
		"a log that cannot be written": {func(_ *testing.T, s *shim, _ *bareBundle) error { return os.MkdirAll(s.dir+"/decisions.jsonl", 0o700) }, ""},
		"a forged record": {func(_ *testing.T, s *shim, b *bareBundle) error {
			return errors.Join(os.MkdirAll(s.dir+"/run/records", 0o777), os.Chmod(s.dir+"/run/records", 0o777))
		}, ""},
		"a filter that only another door leaves": {func(_ *testing.T, _ *shim, b *bareBundle) error {
			b.write(b.config(map[string]string{"LINUX": `"seccomp":{"defaultAction":"SCMP_ACT_KILL_PROCESS","syscalls":[{"names":["exit"],"action":"SCMP_ACT_KILL_PROCESS","args":[{"index":0,"value":119182766404719,"op":"SCMP_CMP_EQ"}]}]},`}))
			return nil
		}, "its record of the container is gone"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShim(t, attackPolicy)
			b := newBundle(t, s)
			if err := c.spoil(t, s, b); err != nil {
				t.Fatal(err)
			}
			out, err := b.run()
			if c.want == "" {
				b.created(out, err)
			} else {
				b.refused(out, err, c.want)
			}
			// What was there before can be asked about and deleted, whatever is wrong with the policy.
			if !strings.Contains(c.want, "settings") && !strings.Contains(c.want, "runtime") && !strings.Contains(c.want, "program") &&
				!strings.Contains(c.want, "stands twice") && !strings.Contains(c.want, "others than") && !strings.Contains(c.want, "belong") && !strings.Contains(c.want, "absolute") {
				if out, err := b.run("list"); err != nil {
					t.Errorf("list: %v %s", err, out)
				}
				if out, err := b.run("delete", "--force", b.id); err != nil {
					t.Errorf("delete: %v %s", err, out)
				}
			}
		})
	}
}

// TestShimFullDisk has no room for the new configuration: the container is
// refused and the old one stays, whole.
func TestShimFullDisk(t *testing.T) {
	t.Parallel()
	s := newShim(t, attackPolicy)
	b := newBundle(t, s)
	small := b.dir + "/small"
	b.must(os.Mkdir(small, 0o700), unix.Mount("tmpfs", small, "tmpfs", 0, "size=8k,mode=700"))
	t.Cleanup(func() { b.must(unix.Unmount(small, unix.MNT_DETACH)) })
	text := strings.Replace(b.config(nil), `"rootfs"`, `"`+b.dir+`/rootfs"`, 1)
	b.must(os.WriteFile(small+"/config.json", []byte(text), 0o600))
	out, err := b.run("run", "--bundle", small, b.id)
	b.refused(out, err, "no space left")
	left, err := os.ReadDir(small)
	if got, _ := os.ReadFile(small + "/config.json"); string(got) != text || err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %q", left, got)
	}
	b.must(unix.Mount("", small, "", unix.MS_REMOUNT, "size=1m"))
	out, err = b.run("run", "--bundle", small, b.id)
	b.created(out, err)
}
