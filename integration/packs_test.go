package integration_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/pack"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/syscalls"
	"github.com/seccompd/seccompd/pkg/workload"
)

// packCapabilities are all that this process has but those with which a call of
// the probe could do something to the machine that runs the tests.
var packCapabilities = func() workload.Capabilities {
	var out workload.Capabilities
	text, _ := os.ReadFile("/proc/self/status") // without it no container starts as it should
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "CapEff:"); ok {
			set, _ := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
			out = workload.Capabilities(set) & workload.AllCapabilities
		}
	}
	for _, name := range []string{"CAP_SYS_BOOT", "CAP_SYS_PACCT", "CAP_SYS_TTY_CONFIG", "CAP_SYS_TIME", "CAP_SYS_RAWIO", "CAP_SYS_MODULE", "CAP_SYSLOG"} {
		one, ok := workload.CapabilityNamed(name)
		if !ok {
			panic(name)
		}
		out &^= one
	}
	return out
}()

// marker is an errno that the kernel gives to none of the probe's calls: where
// it is the answer, the filter gave it.
const marker = 113 // EHOSTUNREACH

// A packBox runs containers of a runtime without an engine under filters that
// packs were met with.
type packBox struct {
	*bareRuntime
	facts host.Facts
	env   algebra.Env
}

func packBoxes(t *testing.T) map[string]*packBox {
	t.Helper()
	runc, err := node.Binary("runc")
	if err != nil {
		t.Fatal(err)
	}
	facts, err := host.Read(t.Context(), host.Options{Runtimes: []string{runc}})
	if err != nil {
		t.Fatal(err)
	}
	if facts.Native != specs.ArchX86_64 {
		t.Fatalf("the ways are written for amd64, not %s", facts.Native)
	}
	vocabulary, ok := facts.Runtimes[0].Vocabulary()
	if !ok {
		t.Fatalf("nothing is known of libseccomp %q", facts.Runtimes[0].Libseccomp)
	}
	out := map[string]*packBox{}
	for name, r := range bareRuntimes(t) {
		// All three use the libseccomp of this machine.
		out[name] = &packBox{r, facts, algebra.Env{Native: facts.Native, Vocabulary: &vocabulary, Stub: r.Name == "runc"}}
		for _, program := range []string{"programs-gcc", "programs-musl-gcc"} {
			file, err := node.Binary(program)
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(r.dir, "rootfs", program), text, 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out
}

// bases are what containers have without a floor.
func (b *packBox) bases(t *testing.T) map[string]*specs.LinuxSeccomp {
	t.Helper()
	unconfined := (&pack.Expansion{}).Profile("unconfined")
	return map[string]*specs.LinuxSeccomp{
		"Unconfined":     resolveHere(t, unconfined, b.facts),
		"RuntimeDefault": resolveHere(t, profile.RuntimeDefault(workload.EngineContainerd), b.facts),
	}
}

func (b *packBox) read(t *testing.T, f *specs.LinuxSeccomp) algebra.Meaning {
	t.Helper()
	m, _, err := algebra.Read(f, algebra.Env{Native: b.env.Native, Stub: b.env.Stub})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// met is a filter with a floor, less what an exception allows.
func (b *packBox) met(t *testing.T, base, floor *specs.LinuxSeccomp, allow ...specs.LinuxSyscall) *specs.LinuxSeccomp {
	t.Helper()
	denied := b.read(t, floor)
	if len(allow) > 0 {
		exception := *floor
		exception.Syscalls = allow
		var err error
		if denied, err = algebra.Difference(denied, b.read(t, &exception)); err != nil {
			t.Fatal(err)
		}
	}
	m, err := algebra.Deny(b.read(t, base), denied)
	if err != nil {
		t.Fatal(err)
	}
	f, _, err := algebra.Emit(m, b.env)
	if err != nil {
		t.Fatal(err)
	}
	f.Flags = nil // which means the same, and Debian's runc refuses any
	return f
}

// unknown reports whether the runtime's libseccomp does not know a call, so that
// the filter has a default of ENOSYS for it.
func (b *packBox) unknown(w way) bool {
	_, name, _ := strings.Cut(w.call, ":")
	return !b.env.Vocabulary.Knows(b.env.Native, name)
}

// run runs a container to its end and returns what it wrote.
func (b *packBox) run(t *testing.T, filter *specs.LinuxSeccomp, args ...string) (string, error) {
	t.Helper()
	capabilities := packCapabilities.Names()
	id := fmt.Sprintf("packs-%d-%d", os.Getpid(), bareCount.Add(1))
	spec := node.BareSpec(filter, capabilities, args...)
	spec.Linux.CgroupsPath = scratch.CgroupParent() + "/" + id
	spec.Linux.Namespaces = append(spec.Linux.Namespaces, specs.LinuxNamespace{Type: specs.NetworkNamespace})
	if err := node.WriteSpec(b.dir, spec); err != nil {
		t.Fatal(err)
	}
	cmd := b.command(t, "run", "--bundle", b.dir, id)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		_ = b.command(t, "delete", "--force", id).Run() // whatever is left of it
		return out.String(), fmt.Errorf("%w: %s%s", err, out.String(), errs.String())
	}
	return out.String(), nil
}

// probe makes calls in a container.
func (b *packBox) probe(t *testing.T, filter *specs.LinuxSeccomp, ways []way) node.Answers {
	t.Helper()
	args := []string{"/probe"}
	for _, w := range ways {
		args = append(args, w.word)
	}
	out, err := b.run(t, filter, args...)
	if err != nil {
		t.Fatal(err)
	}
	answers, err := node.ParseAnswers(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range ways {
		if _, ok := answers[w.word]; !ok {
			t.Fatalf("the probe says nothing of %s", w.word)
		}
	}
	return answers
}

// withMarker is a filter with another errno for all that it denies.
func withMarker(f *specs.LinuxSeccomp) *specs.LinuxSeccomp {
	out := *f
	out.Syscalls = slices.Clone(f.Syscalls)
	for i := range out.Syscalls {
		errno := uint(marker)
		out.Syscalls[i].ErrnoRet = &errno
	}
	return &out
}

// TestPacks makes every call that a pack denies, by every entry that the kernel
// has, in containers whose filter was met with the pack: the filter answers it,
// with the errno of the pack, whatever the container asked for. Without the pack
// nothing gives that answer.
func TestPacks(t *testing.T) {
	t.Parallel()
	for runtime, b := range packBoxes(t) {
		t.Run(runtime, func(t *testing.T) {
			t.Parallel()
			bases := b.bases(t)
			for _, name := range slices.Sorted(maps.Keys(loadPacks(t))) {
				floor := resolveHere(t, expand(t, nil, "pack:"+name).Profile(name), b.facts)
				ways := ways(floor.Syscalls, b.facts)
				control := b.probe(t, bases["Unconfined"], ways)
				byFilter := b.probe(t, b.met(t, bases["Unconfined"], withMarker(floor)), ways)
				unconfined := b.probe(t, b.met(t, bases["Unconfined"], floor), ways)
				byDefault := b.probe(t, b.met(t, bases["RuntimeDefault"], floor), ways)
				apart := 0
				for _, w := range ways {
					if got := control[w.word]; got.Errno() == marker || got.Signal != 0 {
						t.Errorf("pack:%s: control: %s (%s): %s", name, w.call, w.word, got)
					}
					if got := byFilter[w.word]; got.Errno() != marker && (!b.unknown(w) || got.String() != "ENOSYS") {
						t.Errorf("pack:%s: the filter does not answer %s (%s): %s", name, w.call, w.word, got)
					}
					if got := unconfined[w.word]; uint(got.Errno()) != w.errno {
						t.Errorf("pack:%s: %s (%s): want %s, got %s", name, w.call, w.word, syscalls.ErrnoName(w.errno), got)
					}
					if got := byDefault[w.word]; got.Errno() == 0 || uint(got.Errno()) != w.errno && got.String() != "EPERM" && got.String() != "ENOSYS" {
						t.Errorf("pack:%s under the default: %s (%s): want %s, got %s", name, w.call, w.word, syscalls.ErrnoName(w.errno), got)
					}
					if control[w.word].String() != unconfined[w.word].String() {
						apart++
					}
				}
				t.Logf("pack:%s: %d calls, of which %d are answered otherwise without it on this kernel", name, len(ways), apart)
				if apart == 0 {
					t.Errorf("pack:%s changes nothing here", name)
				}
			}
		})
	}
}

// TestProgramsUnderPacks runs programs that start threads and processes and ask
// for files in the newest way, with either C library, under each pack and under
// all of them.
func TestProgramsUnderPacks(t *testing.T) {
	t.Parallel()
	for runtime, b := range packBoxes(t) {
		t.Run(runtime, func(t *testing.T) {
			t.Parallel()
			bases := b.bases(t)
			lists := [][]string{{}}
			for name := range loadPacks(t) {
				lists[0] = append(lists[0], "pack:"+name)
				lists = append(lists, []string{"pack:" + name})
			}
			for _, list := range lists {
				floor := resolveHere(t, expand(t, nil, list...).Profile("floor"), b.facts)
				for base, f := range bases {
					for _, program := range []string{"/programs-gcc", "/programs-musl-gcc"} {
						out, err := b.run(t, b.met(t, f, floor), program)
						if err != nil || !strings.HasSuffix(out, "\nsocket\n") {
							t.Errorf("%s under %s with %s: %v: %s", program, base, list, err, out)
						}
					}
				}
			}
			// The control: with EPERM from clone3 there are no threads.
			eperm := uint(1)
			f := *bases["Unconfined"]
			f.Syscalls = []specs.LinuxSyscall{{Names: []string{"clone3"}, Action: specs.ActErrno, ErrnoRet: &eperm}}
			if out, err := b.run(t, &f, "/programs-gcc"); err == nil || !strings.HasPrefix(out, "pthread_create: ") {
				t.Errorf("control: threads where clone3 gives EPERM: %v: %s", err, out)
			}
		})
	}
}

// TestExceptionFromPack takes a call, whole or for some arguments, out of a
// floor: it is answered as without the floor, and every other one as before.
func TestExceptionFromPack(t *testing.T) {
	t.Parallel()
	b := packBoxes(t)["runc"]
	base := b.bases(t)["Unconfined"]
	floor := withMarker(resolveHere(t, expand(t, nil, "pack:dangerous", "pack:af-alg").Profile("floor"), b.facts))
	all := ways(floor.Syscalls, b.facts)
	control, before := b.probe(t, base, all), b.probe(t, b.met(t, base, floor), all)
	for _, c := range []struct {
		allow specs.LinuxSyscall
		opens func(way) bool
	}{
		{
			specs.LinuxSyscall{Names: []string{"perf_event_open"}},
			func(w way) bool { return strings.HasSuffix(w.call, ":perf_event_open") },
		},
		{
			specs.LinuxSyscall{Names: []string{"clone"}, Args: []specs.LinuxSeccompArg{{Index: 0, Value: 0x10000000, ValueTwo: 0x10000000, Op: specs.OpMaskedEqual}}},
			func(w way) bool {
				return strings.HasSuffix(w.call, ":clone") && w.args[0].Value == 0x10000000
			},
		},
		{
			specs.LinuxSyscall{Names: []string{"kcmp", "keyctl"}},
			func(w way) bool { return strings.HasSuffix(w.call, ":kcmp") || strings.HasSuffix(w.call, ":keyctl") },
		},
	} {
		eperm := uint(1)
		c.allow.Action, c.allow.ErrnoRet = specs.ActErrno, &eperm // what is taken out
		got := b.probe(t, b.met(t, base, floor, c.allow), all)
		opened := 0
		for _, w := range all {
			switch open := c.opens(w); {
			case open && got[w.word].String() != control[w.word].String():
				t.Errorf("%s allowed: %s (%s): want %s, got %s", c.allow.Names, w.call, w.word, control[w.word], got[w.word])
			case open:
				opened++
			case got[w.word] != before[w.word]:
				t.Errorf("%s allowed: %s (%s): want %s as before, got %s", c.allow.Names, w.call, w.word, before[w.word], got[w.word])
			}
		}
		if opened == 0 {
			t.Errorf("%s allowed: nothing is opened", c.allow.Names)
		}
	}
}
