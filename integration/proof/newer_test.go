package main

import (
	"runtime"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// TestDenialOfCallsThatLibseccompDoesNotKnow: a floor denies every call that is newer than the runtimes' libseccomp, a container
// without a filter meets it, and its calls are denied. The rules themselves, as they are written, deny none of them.
func TestDenialOfCallsThatLibseccompDoesNotKnow(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the runtimes are for the machine, and the numbers for x86_64")
	}
	vocab, native := library(), specs.ArchX86_64
	table, _ := syscalls.Table(native)
	floor := &specs.LinuxSeccomp{DefaultAction: specs.ActAllow}
	var list []probed
	for _, name := range vocab.Lacks() {
		if nr, ok := table.Number(name); ok {
			floor.Syscalls = append(floor.Syscalls, specs.LinuxSyscall{Names: []string{name}, Action: specs.ActErrno})
			list = append(list, probed{native, nr, [6]uint64{}, word("64", nr, [6]uint64{})})
		}
	}
	t.Logf("this libseccomp lacks %d calls of x86_64: %v", len(list), vocab.Lacks())
	if len(list) == 0 {
		t.Fatal("this libseccomp knows every call of the tables: the test shows nothing")
	}
	for _, r := range runtimes(t) {
		env := algebra.Env{Native: native, Vocabulary: &vocab, Stub: !r.crun}
		meant := env
		meant.Vocabulary = nil
		m, _, err := algebra.Read(floor, meant)
		if err != nil {
			t.Fatal(err)
		}
		out, rec, err := algebra.Emit(m, env)
		if err != nil || !rec.Inverted {
			t.Fatalf("%v; inverted: %t", err, rec.Inverted)
		}
		for name, filter := range map[string]*specs.LinuxSeccomp{"as written": floor, "emitted": out} {
			answers, _, err := r.run(t, filter, list)
			if err != nil {
				t.Fatalf("%s, %s: %v", r.name, name, err)
			}
			for i, c := range list {
				// Without a filter a newer call of the kernel's own says ENOSYS or something else, but never EPERM to zeros.
				denied := answers[i] == "-38" || answers[i] == "-1"
				call, _ := table.Name(c.nr)
				if call == "uprobe" || call == "uretprobe" {
					continue // the kernel asks no filter about them since 6.14, as its own trampolines make them
				}
				if name == "emitted" && !denied {
					t.Errorf("%s: %s answers %s", r.name, call, answers[i])
				} else if call == "mseal" && name == "as written" && denied {
					t.Errorf("%s: control: mseal answers %s to a rule that the library does not know, or the kernel is older than 6.10", r.name, answers[i])
				}
			}
		}
	}
}
