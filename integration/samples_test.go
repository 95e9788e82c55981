package integration_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// samplesDir is where the profiles are that come with seccompd.
const samplesDir = "../config/profiles"

// A sampleRun is a profile that comes with seccompd, and what a container under
// it is told beside what follows from the file.
type sampleRun struct {
	words map[string]string
	// native says that the profile lists no other ABI, so that one kills.
	native bool
	// asNone says that every other word is answered as without a filter.
	asNone bool
}

var samples = map[string]sampleRun{
	"allow-list": {
		native: true,
		words: map[string]string{
			"mkdir": "EFAULT", "chmod": "EFAULT", "getpid": "ok", "socket-unix": "ok", "clone": "ok",
			"socket-alg": "EPERM", "socket-vsock": "EPERM", "clone-newuser": "EPERM", "clone3": "ENOSYS", "unshare": "EPERM", "setns": "EPERM",
			"mount": "EPERM", "ptrace": "EPERM", "bpf": "EPERM", "keyctl": "EPERM", "io_uring_setup": "EPERM", "kexec_load": "EPERM",
			"open_by_handle_at": "EPERM", "unknown": "ENOSYS", "32:20": "killed SIGSYS",
		},
	},
	"block-unshare":      {asNone: true, words: newNamespaces("EPERM")},
	"block-ptrace-kexec": {asNone: true, words: map[string]string{"unshare": "ok", "mount": "EFAULT", "kexec_load": "EPERM", "32:26:0": "EPERM"}},
	"dangerous":          {asNone: true, words: merged(newNamespaces("EPERM"), map[string]string{"mkdir": "EFAULT", "io_uring_setup": "ENOSYS", "socket-unix": "ok", "32:26:0": "EPERM"})},
	"audit":              {asNone: true, words: newNamespaces("ok")},
}

// newNamespaces are all ways into a new namespace, by both ABIs.
func newNamespaces(answer string) map[string]string {
	words := map[string]string{
		"unshare": answer, "unshare-newuser": answer, "clone": "ok", "clone-newuser": answer, "clone-newuts": answer,
		"32:310:0x200": answer, fmt.Sprintf("32:120:%d", unix.SIGCHLD): "ok",
	}
	for _, flag := range []int{unix.CLONE_NEWNS, unix.CLONE_NEWCGROUP, unix.CLONE_NEWUTS, unix.CLONE_NEWIPC, unix.CLONE_NEWUSER, unix.CLONE_NEWPID, unix.CLONE_NEWNET} {
		words[fmt.Sprintf("56:%d", flag|int(unix.SIGCHLD))] = answer
		words[fmt.Sprintf("32:120:%d", flag|int(unix.SIGCHLD))] = answer
	}
	words["clone3"] = "ENOSYS"
	if answer == "ok" {
		words["clone3"] = "EINVAL"
	}
	return words
}

func merged(all ...map[string]string) map[string]string {
	out := map[string]string{}
	for _, m := range all {
		maps.Copy(out, m)
	}
	return out
}

// samplesNode has a rule for each built-in profile, for the namespace of its
// name, and one for a copy of it in the profile directory.
func samplesNode(t *testing.T) (*node.Node, *node.Daemon) {
	t.Helper()
	files, err := filepath.Glob(samplesDir + "/*.json")
	if err != nil || len(files) != len(samples)+1 {
		t.Fatalf("%d profiles come with seccompd, and %d and strict are tested (%v)", len(files), len(samples), err)
	}
	policy := policyText("enforce", "rules:\n")
	n := newNode(t, allMeasures())
	src := newSource(t, n, "")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		writeFile(t, filepath.Join(src.profiles, name+".json"), string(text))
		policy += fmt.Sprintf("- {name: %[1]s, match: {namespaces: [%[1]s]}, action: replace, profile: {type: Localhost, localhostProfile: builtin/%[1]s}}\n", name)
		policy += fmt.Sprintf("- {name: %[1]s-file, match: {namespaces: [%[1]s-file]}, action: replace, profile: {type: Localhost, localhostProfile: %[1]s.json}}\n", name)
	}
	writeFile(t, src.policy, policy)
	d := n.Daemon(node.DaemonOptions{Policy: src.policy, Profiles: []string{src.profiles}})
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return n, d
}

// TestSampleProfiles gives each profile that comes with seccompd to containers
// that have every capability, so that an EPERM is the filter's, and holds the
// kernel's answers to the file and to what its description says.
func TestSampleProfiles(t *testing.T) {
	t.Parallel()
	n, _ := samplesNode(t)
	spec := node.ContainerSpec{AddCapabilities: []string{"ALL"}}
	for name, sample := range samples {
		t.Run(name, func(t *testing.T) {
			want := deniedBy(t, name, !sample.native)
			denied := len(want)
			if sample.asNone {
				for word, answer := range referenceAnswers(t, none, true) {
					if _, ok := want[denialOf(word)]; !ok {
						want[word] = answer.String()
					}
				}
			}
			maps.Copy(want, sample.words)
			words := slices.Sorted(maps.Keys(want))
			pod := runPod(t, n, node.PodSpec{Namespace: name})
			for by, spec := range map[string]node.ContainerSpec{
				"built in": spec, "with noNewPrivileges": {AddCapabilities: spec.AddCapabilities, NoNewPrivs: true},
			} {
				answers, err := pod.Probe(t.Context(), spec, words...)
				if err != nil {
					t.Fatal(err)
				}
				checkAnswers(t, by, answers, want)
			}
			t.Logf("%d calls denied by name, %d answers", denied, len(want))

			inStore, err := runPod(t, n, node.PodSpec{Namespace: name + "-file"}).Run(t.Context(), spec)
			if err != nil {
				t.Fatal(err)
			}
			builtin, err := pod.Run(t.Context(), spec)
			if err != nil {
				t.Fatal(err)
			}
			filter, err := builtin.Filter()
			if err != nil {
				t.Fatal(err)
			}
			sameFilter(t, inStore, filter)
		})
	}
}

// denialOf is the word by which deniedBy asks for a call that the probe names:
// the call with other arguments.
func denialOf(word string) string {
	table, _ := syscalls.Table(specs.ArchX86_64)
	name, _, _ := strings.Cut(word, "-")
	if nr, ok := table.Number(name); ok {
		return fmt.Sprintf("64:%d:8,8,8,8,8,8", nr)
	}
	if strings.HasPrefix(word, "32:") {
		return strings.Join(append(strings.Split(word, ":")[:2], "8,8,8,8,8,8"), ":")
	}
	return word
}

// deniedBy reads a profile's file and returns what its unconditional rules deny:
// each call by number, by both ABIs where it lists them, with the errno.
func deniedBy(t *testing.T, name string, i386 bool) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(samplesDir, name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var file specs.LinuxSeccomp
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	abis := map[string]specs.Arch{"64": specs.ArchX86_64}
	if i386 && !slices.Contains(notRun(t), specs.ArchX86) {
		abis["32"] = specs.ArchX86
	}
	denied := map[string]string{}
	for _, rule := range file.Syscalls {
		if rule.Action != specs.ActErrno || len(rule.Args) > 0 {
			continue
		}
		errno := unix.EPERM
		if rule.ErrnoRet != nil {
			errno = unix.Errno(*rule.ErrnoRet)
		}
		for prefix, arch := range abis {
			table, ok := syscalls.Table(arch)
			if !ok {
				t.Fatal("no table of calls for", arch)
			}
			for _, call := range rule.Names {
				if nr, ok := table.Number(call); ok {
					denied[fmt.Sprintf("%s:%d:8,8,8,8,8,8", prefix, nr)] = unix.ErrnoName(errno)
				}
			}
		}
	}
	return denied
}

// TestStrictProfile: what seccomp's mode 1 permits works, and all else kills.
func TestStrictProfile(t *testing.T) {
	t.Parallel()
	n, _ := samplesNode(t)
	for _, namespace := range []string{"strict", "strict-file"} {
		pod := runPod(t, n, node.PodSpec{Namespace: namespace})
		for word, status := range map[string]int{"exit:7": 7, "mkdir": 128 + int(unix.SIGSYS), "unshare": 128 + int(unix.SIGSYS), "32:20": 128 + int(unix.SIGSYS)} {
			c, err := pod.Run(t.Context(), node.ContainerSpec{Args: []string{"/probe", "-n", "status", "0:8", word}})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := c.Wait(t.Context()); err != nil || got != status {
				t.Errorf("%s: a container that says %s ended with %d, %v; want %d", namespace, word, got, err, status)
			}
			log, err := c.Logs()
			if err != nil || !strings.Contains(log, "Seccomp:\t2") || !strings.Contains(log, "0:8 = -9 EBADF") {
				t.Errorf("%s: a container that says %s wrote %q, %v", namespace, word, log, err)
			}
		}
	}
}

// TestSamplesAreSoundHere: the runtime of this node can load every profile and
// knows every call that one denies, and policies that come with seccompd are
// sound for it.
func TestSamplesAreSoundHere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	runc, err := node.Binary("runc")
	if err != nil {
		t.Fatal(err)
	}
	ctl, err := node.Binary("seccompctl")
	if err != nil {
		t.Fatal(err)
	}
	facts, err := host.Read(t.Context(), host.Options{Runtimes: []string{runc}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{"host": facts})
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, dir+"/facts.json", string(text))
	policy := policyText("enforce", "rules:\n")
	for name := range samples {
		policy += fmt.Sprintf("- {name: %[1]s, match: {namespaces: [%[1]s]}, action: replace, profile: {type: Localhost, localhostProfile: builtin/%[1]s}}\n", name)
	}
	writeFile(t, dir+"/profiles.yaml", policy+"- {name: strict, match: {namespaces: [strict]}, action: replace, profile: {type: Localhost, localhostProfile: builtin/strict}}\n")
	policies, err := filepath.Glob("../config/policies/*.yaml")
	if err != nil || len(policies) == 0 {
		t.Fatal("no policies:", err)
	}
	for _, policy := range append(policies, dir+"/profiles.yaml") {
		out, err := exec.CommandContext(t.Context(), ctl, "--policy", policy, "--profiles", dir, "check", "--host-facts", dir+"/facts.json").CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("sound")) {
			t.Errorf("%s on a node with runc %s, libseccomp %s: %v\n%s", policy, facts.Runtimes[0].Version, facts.Runtimes[0].Libseccomp, err, out)
		}
	}
}
