package packfile_test

import (
	"slices"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/pack"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/syscalls"
	"github.com/seccompd/seccompd/pkg/workload"
)

// hosts are the machines that the tables know.
var hosts = []string{"amd64", "arm64", "riscv64", "ppc64le", "s390x", "loong64"}

// meaningOn is what a list denies on a host, as its filter is read by a runtime that knows every call.
func meaningOn(t *testing.T, goarch string, open []string, names ...string) (algebra.Meaning, algebra.Env) {
	t.Helper()
	e, err := pack.Expand([]profile.Call{{Names: names}}, open, load(t))
	if err != nil {
		t.Fatal(err)
	}
	native, ok := syscalls.Native(goarch)
	if !ok {
		t.Fatalf("no table for %s", goarch)
	}
	f, err := e.Profile("packs").Resolve(profile.Target{Facts: host.Facts{GOARCH: goarch, Native: native, Kernel: host.Version{Major: 6, Minor: 18}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := profile.Validate(f, nil); err != nil {
		t.Errorf("%s on %s: %v", names, goarch, err)
	}
	env := algebra.Env{Native: native, Stub: true}
	m, overlaps, err := algebra.Read(f, env)
	if err != nil {
		t.Fatal(err)
	}
	if len(overlaps) > 0 {
		t.Errorf("%s on %s: one call has two answers: %v", names, goarch, overlaps)
	}
	for _, c := range e.Exempt {
		f.Syscalls = []specs.LinuxSyscall{{Names: c.Names, Args: c.Args, Action: specs.ActErrno}}
		exempt, _, err := algebra.Read(f, env)
		if err != nil {
			t.Fatal(err)
		}
		if m, err = algebra.Difference(m, exempt); err != nil {
			t.Fatal(err)
		}
	}
	return m, env
}

// one is a call that a pack denies on every ABI that has it; answer is "" where it permits it.
type one struct {
	pack, call string
	args       [6]uint64
	answer     string
}

const (
	newns, newuser, newtime = 0x20000, 0x10000000, 0x80
	// What C libraries give clone for a thread, and for fork and posix_spawn: no namespaces.
	thread, fork, spawn = 0x3d0f00, 0x1200011, 0x4111
	junk                = 1 << 40
)

var ones = []one{
	{"namespaces", "clone", flags(newns | 17), "ERRNO(EPERM)"},
	{"namespaces", "clone", flags(newuser | 17), "ERRNO(EPERM)"},
	{"namespaces", "clone", flags(0x40000000 | junk), "ERRNO(EPERM)"},
	{"namespaces", "clone", flags(thread), ""},
	{"namespaces", "clone", flags(fork), ""},
	{"namespaces", "clone", flags(spawn), ""},
	{"namespaces", "clone3", [6]uint64{}, "ERRNO(ENOSYS)"},
	{"namespaces", "unshare", [6]uint64{newtime}, "ERRNO(EPERM)"},
	{"namespaces", "unshare", [6]uint64{0x400}, "ERRNO(EPERM)"},
	{"namespaces", "setns", [6]uint64{3, 0}, "ERRNO(EPERM)"},
	{"userns", "clone", flags(newuser | 17), "ERRNO(EPERM)"},
	{"userns", "clone", flags(newns | 17), ""},
	{"userns", "clone", flags(thread), ""},
	{"userns", "unshare", [6]uint64{newuser | newns}, "ERRNO(EPERM)"},
	{"userns", "unshare", [6]uint64{newns}, ""},
	{"userns", "setns", [6]uint64{3, 0}, "ERRNO(EPERM)"},
	{"userns", "setns", [6]uint64{3, newuser | newns}, "ERRNO(EPERM)"},
	{"userns", "setns", [6]uint64{3, 0x40000000}, ""},
	{"userns", "clone3", [6]uint64{}, "ERRNO(ENOSYS)"},
	{"mount", "mount", [6]uint64{}, "ERRNO(EPERM)"},
	{"mount", "open_tree_attr", [6]uint64{}, "ERRNO(ENOSYS)"},
	{"mount", "move_mount", [6]uint64{}, "ERRNO(ENOSYS)"},
	{"mount", "statmount", [6]uint64{}, ""},
	{"module", "finit_module", [6]uint64{}, "ERRNO(EPERM)"},
	{"kexec", "kexec_file_load", [6]uint64{}, "ERRNO(EPERM)"},
	{"kexec", "reboot", [6]uint64{0xfee1dead, 672274793, 0x45584543}, "ERRNO(EPERM)"},
	{"kexec", "reboot", [6]uint64{0xfee1dead, 672274793, 0x1234567}, ""},
	{"ptrace", "ptrace", [6]uint64{}, "ERRNO(EPERM)"},
	{"ptrace", "pidfd_getfd", [6]uint64{}, "ERRNO(ENOSYS)"},
	{"ptrace", "pidfd_open", [6]uint64{}, ""},
	{"bpf", "bpf", [6]uint64{}, "ERRNO(EPERM)"},
	{"io-uring", "io_uring_enter", [6]uint64{}, "ERRNO(ENOSYS)"},
	{"keyring", "keyctl", [6]uint64{}, "ERRNO(EPERM)"},
	{"af-alg", "socket", [6]uint64{38, 5}, "ERRNO(EAFNOSUPPORT)"},
	{"af-alg", "socket", [6]uint64{2, 1}, ""},
	{"af-alg", "socketpair", [6]uint64{38, 5}, "ERRNO(EAFNOSUPPORT)"},
	{"af-alg", "socketcall", [6]uint64{1}, "ERRNO(EAFNOSUPPORT)"},
	{"af-alg", "socketcall", [6]uint64{2}, ""},
	{"af-alg", "io_uring_setup", [6]uint64{}, "ERRNO(ENOSYS)"},
	{"af-vsock", "socket", [6]uint64{40, 1}, "ERRNO(EAFNOSUPPORT)"},
	{"af-vsock", "socket", [6]uint64{38, 5}, ""},
	{"clock", "clock_settime", [6]uint64{}, "ERRNO(EPERM)"},
	{"clock", "clock_adjtime64", [6]uint64{}, "ERRNO(ENOSYS)"},
	{"clock", "clock_gettime", [6]uint64{}, ""},
	{"swap", "swapoff", [6]uint64{}, "ERRNO(EPERM)"},
	{"raw-io", "iopl", [6]uint64{}, "ERRNO(EPERM)"},
	{"raw-io", "s390_pci_mmio_write", [6]uint64{}, "ERRNO(EPERM)"},
	{"obsolete", "uselib", [6]uint64{}, "ERRNO(ENOSYS)"},
	{"dangerous", "clone", flags(newuser | 17), "ERRNO(EPERM)"},
	{"dangerous", "clone", flags(thread), ""},
	{"dangerous", "open_by_handle_at", [6]uint64{}, "ERRNO(EPERM)"},
	{"dangerous", "create_module", [6]uint64{}, "ERRNO(ENOSYS)"},
}

// flags are clone's, where the first argument has them. On s390x the other one is a stack.
func flags(f uint64) [6]uint64 { return [6]uint64{f, 0x7fff00} }

// What each pack denies it denies on every ABI, and beside it leaves what programs need.
func TestMeanings(t *testing.T) {
	asked := map[string]bool{}
	for _, goarch := range hosts {
		for _, c := range ones {
			m, _ := meaningOn(t, goarch, nil, "pack:"+c.pack)
			for _, abi := range m.Architectures() {
				args := c.args
				if c.call == "clone" && abi == specs.ArchS390X {
					args[0], args[1] = args[1], args[0]
				}
				got, ok := m.EvaluateName(abi, c.call, args)
				if !ok {
					continue
				}
				asked[c.call+string(abi)] = true
				want := c.answer
				if want == "" {
					want = "ALLOW"
				}
				if got.String() != want {
					t.Errorf("pack:%s on %s: %s(%#x): want %s, got %s", c.pack, abi, c.call, args, want, got)
				}
			}
		}
	}
	for _, need := range []string{"clone" + string(specs.ArchS390X), "clone" + string(specs.ArchX32), "socketcall" + string(specs.ArchX86), "open_tree_attr" + string(specs.ArchLOONGARCH64)} {
		if !asked[need] {
			t.Errorf("%s was not asked", need)
		}
	}
}

// What is left open is permitted, and the aim stays denied.
func TestLeftOpen(t *testing.T) {
	for _, c := range []struct {
		pack   string
		open   []string
		call   string
		arg    uint64
		answer string
	}{
		{"af-alg", []string{"socketcall"}, "socketcall", 1, "ALLOW"},
		{"af-alg", []string{"socketcall"}, "socketcall", 8, "ALLOW"},
		{"af-alg", []string{"socketcall"}, "socket", 38, "ERRNO(EAFNOSUPPORT)"},
		{"af-alg", []string{"socketcall"}, "io_uring_setup", 0, "ERRNO(ENOSYS)"},
		{"af-alg", []string{"io_uring_setup"}, "io_uring_setup", 0, "ALLOW"},
		{"af-alg", []string{"io_uring_setup"}, "io_uring_enter", 0, "ERRNO(ENOSYS)"},
		{"namespaces", []string{"unshare"}, "unshare", 0x200, "ALLOW"},
		{"namespaces", []string{"unshare"}, "unshare", 0x200 | newuser, "ERRNO(EPERM)"},
	} {
		for _, goarch := range hosts {
			m, _ := meaningOn(t, goarch, c.open, "pack:"+c.pack)
			for _, abi := range m.Architectures() {
				if got, ok := m.EvaluateName(abi, c.call, [6]uint64{c.arg}); ok && got.String() != c.answer {
					t.Errorf("pack:%s with %s open, on %s: %s(%#x): want %s, got %s", c.pack, c.open, abi, c.call, c.arg, c.answer, got)
				}
			}
		}
	}
}

// dead are calls that no kernel of the tables answers with anything but ENOSYS. Emit denies them with that to raise the
// number above which runc's stub answers.
var dead = []string{"afs_syscall", "nfsservctl"}

// Whatever a pack denies, a runtime's rules can say exactly: no call is denied beside it. All packs are tried alone, with
// their collateral left open, and all at once. Not so socketcall: of a denied socket libseccomp makes a denied socketcall, and
// over a default of ALLOW nothing permits that again, so it is not among what is left open here.
func TestEmission(t *testing.T) {
	type list struct{ names, open []string }
	lists := []list{{}}
	for name, p := range load(t) {
		l := list{names: []string{"pack:" + name}}
		for _, d := range p.Denials {
			if d.Collateral != "" && !slices.Contains(d.Names, "socketcall") {
				l.open = append(l.open, d.Names...)
			}
		}
		lists = append(lists, list{names: l.names}, l)
		lists[0].names = append(lists[0].names, "pack:"+name)
	}
	for _, goarch := range hosts {
		for _, l := range lists {
			m, env := meaningOn(t, goarch, l.open, l.names...)
			f, rec, err := algebra.Emit(m, env)
			if err != nil {
				t.Errorf("%v on %s: %v", l.names, goarch, err)
				continue
			}
			rec.Tighter = slices.DeleteFunc(rec.Tighter, func(w algebra.Witness) bool { return slices.Contains(dead, w.Name) })
			if len(rec.Tighter) > 0 || len(rec.OverBudget) > 0 || len(rec.Separated) > 0 {
				t.Errorf("%v on %s: tighter %v, over budget %v, separated %v", l.names, goarch, rec.Tighter, rec.OverBudget, rec.Separated)
			}
			if again, _, err := algebra.Read(f, env); err != nil || len(algebra.Compare(again, m).Weaker) > 0 {
				t.Errorf("%v on %s: weaker: %v", l.names, goarch, err)
			}
		}
	}
}

// Under containerd's default, which denies what it does not list, socketcall can be left open.
func TestSocketcallLeftOpenUnderTheDefault(t *testing.T) {
	floor, env := meaningOn(t, "amd64", []string{"socketcall"}, "pack:af-alg")
	f, err := profile.RuntimeDefault(workload.EngineContainerd).Resolve(profile.Target{
		Facts: host.Facts{GOARCH: "amd64", Native: specs.ArchX86_64, Kernel: host.Version{Major: 6, Minor: 18}}, Capabilities: workload.DefaultCapabilities,
	})
	if err != nil {
		t.Fatal(err)
	}
	current, _, err := algebra.Read(f, env)
	if err != nil {
		t.Fatal(err)
	}
	m, err := algebra.Deny(current, floor)
	if err != nil {
		t.Fatal(err)
	}
	if f, _, err = algebra.Emit(m, env); err != nil {
		t.Fatal(err)
	}
	if m, _, err = algebra.Read(f, env); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		call string
		arg  uint64
		want algebra.Class
	}{{"socketcall", 1, algebra.Permits}, {"socketcall", 3, algebra.Permits}, {"socket", 2, algebra.Permits}, {"socket", 38, algebra.Denies}} {
		if got, ok := m.EvaluateName(specs.ArchX86, c.call, [6]uint64{c.arg}); !ok || got.Class() != c.want {
			t.Errorf("%s(%d): %v, want %v", c.call, c.arg, got, c.want)
		}
	}
}
