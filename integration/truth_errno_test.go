package integration_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/integration/sample"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// TestDefaultErrno gives containers profiles with a default errno of their own,
// which NRI drops on the way, and asks the kernel for every call that the
// profile does not list, by both ABIs: it must answer as to a container that
// brought the same profile itself.
func TestDefaultErrno(t *testing.T) {
	t.Parallel()
	both := []specs.Arch{specs.ArchX86_64, specs.ArchX86}
	profiles := map[string]specs.LinuxSeccomp{
		"enosys.json":        sample.Enosys(),
		"eacces.json":        withDefault(sample.Enosys(), unix.EACCES),
		"enosys-both.json":   onArches(sample.Enosys(), both),
		"enokey-some.json":   some(withDefault(sample.Enosys(), unix.ENOKEY)),
		"eacces-kill64.json": killing(onArches(withDefault(sample.Enosys(), unix.EACCES), both)),
	}
	policy := policyText("enforce", "rules:\n")
	for name := range profiles {
		policy += fmt.Sprintf("- {name: %[1]s, match: {namespaces: [%[1]s]}, action: replace, profile: {type: Localhost, localhostProfile: %[1]s}}\n", name)
	}
	n := newNode(t, allMeasures())
	src := newSource(t, n, policy)
	for name, p := range profiles {
		writeJSON(t, src.profiles+"/"+name, p)
	}
	d := n.Daemon(node.DaemonOptions{Policy: src.policy, Profiles: []string{src.profiles}})
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	bare := sharedNode(t)
	brought := runPod(t, bare, node.PodSpec{})
	for name, p := range profiles {
		path, err := bare.WriteProfile(name, p)
		if err != nil {
			t.Fatal(err)
		}
		words := unlisted(t, p)
		want, err := brought.Probe(t.Context(), node.ContainerSpec{Seccomp: node.Localhost(path)}, words...)
		if err != nil {
			t.Fatal(err)
		}
		got, err := runPod(t, n, node.PodSpec{Namespace: name}).Probe(t.Context(), node.ContainerSpec{}, words...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		t.Logf("%s: %d calls", name, len(words))
		sameAnswers(t, name, got, want)
	}
}

func withDefault(p specs.LinuxSeccomp, errno unix.Errno) specs.LinuxSeccomp {
	ret := uint(errno)
	p.DefaultErrnoRet = &ret
	return p
}

func onArches(p specs.LinuxSeccomp, arches []specs.Arch) specs.LinuxSeccomp {
	p.Architectures = arches
	return p
}

// some allows calls for some of their arguments only.
func some(p specs.LinuxSeccomp) specs.LinuxSeccomp {
	rule := func(name string, args ...specs.LinuxSeccompArg) {
		p.Syscalls = append(p.Syscalls, specs.LinuxSyscall{Names: []string{name}, Action: specs.ActAllow, Args: args})
	}
	rule("socket", specs.LinuxSeccompArg{Index: 0, Op: specs.OpEqualTo, Value: unix.AF_UNIX})
	rule("personality", specs.LinuxSeccompArg{Index: 0, Op: specs.OpEqualTo, Value: 0xffffffff})
	rule("personality", specs.LinuxSeccompArg{Index: 0, Op: specs.OpEqualTo, Value: 8})
	rule("unshare", specs.LinuxSeccompArg{Index: 0, Op: specs.OpMaskedEqual, Value: unix.CLONE_NEWUSER | unix.CLONE_NEWNS, ValueTwo: 0})
	rule("setns", specs.LinuxSeccompArg{Index: 1, Op: specs.OpLessThan, Value: 4})
	return p
}

// killing has rules of two other actions beside its default.
func killing(p specs.LinuxSeccomp) specs.LinuxSeccomp {
	ret := uint(unix.EBADMSG)
	p.Syscalls = append(p.Syscalls,
		specs.LinuxSyscall{Names: []string{"bpf"}, Action: specs.ActKillProcess},
		specs.LinuxSyscall{Names: []string{"mount"}, Action: specs.ActErrno, ErrnoRet: &ret})
	return p
}

// unlisted are words for every call and some numbers above, but those which the
// profile allows: nobody should make those at random. Numbers which no call has cannot be spelled out, as profiles
// name calls: there the kernel's own ENOSYS gives way to EPERM.
func unlisted(t *testing.T, p specs.LinuxSeccomp) []string {
	t.Helper()
	var allowed []string
	for _, rule := range p.Syscalls {
		if rule.Action == specs.ActAllow && len(rule.Args) == 0 {
			allowed = append(allowed, rule.Names...)
		}
	}
	out := []string{"32:20", "socket-unix", "socket-alg", "personality", "64:135:0", "unshare", "unshare-newuser", "64:308:-1,3", "64:308:-1,4"}
	for prefix, arch := range map[string]specs.Arch{"64": specs.ArchX86_64, "32": specs.ArchX86} {
		if arch != specs.ArchX86_64 && !slices.Contains(p.Architectures, arch) {
			continue // every call kills
		}
		table, ok := syscalls.Table(arch)
		if !ok {
			t.Fatal("no table of calls for", arch)
		}
		for nr := range table.Highest() + 40 {
			name, ok := table.Name(nr)
			if (ok || nr > table.Highest()) && !slices.Contains(allowed, name) {
				out = append(out, fmt.Sprintf("%s:%d:8,8,8,8,8,8", prefix, nr))
			}
		}
	}
	return out
}
