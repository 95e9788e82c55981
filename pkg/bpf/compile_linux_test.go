package bpf_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/bpf"
	"github.com/seccompd/seccompd/pkg/syscalls"
	"github.com/seccompd/seccompd/pkg/workload"
)

// call is a number and its arguments.
type call [7]uint64

// kernel has a child load a program and make calls, and returns their errnos.
func kernel(t *testing.T, p bpf.Program, list []call) []byte {
	t.Helper()
	in, err := json.Marshal(struct {
		Program []byte
		Calls   []call
	}{p.Encode(binary.NativeEndian), list})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{"SECCOMPD_BPF_ROLE=caller"}
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	if err != nil || len(out) != len(list) {
		t.Fatalf("%d of %d answers: %v", len(out), len(list), err)
	}
	return out
}

// native is the ABI of this machine.
func native(t *testing.T) specs.Arch {
	t.Helper()
	abi, ok := syscalls.Native(runtime.GOARCH)
	if !ok {
		t.Fatalf("no table for %s", runtime.GOARCH)
	}
	return abi
}

// TestCompiledInKernel loads programs of random conditions for numbers that no call has, and makes the calls: those that are
// allowed end with ENOSYS.
func TestCompiledInKernel(t *testing.T) {
	arch := native(t)
	const first, count, unused = 2000, 40, 38
	total := 0
	for seed := range uint64(25) {
		r := rand.New(rand.NewPCG(seed, 3))
		var list []algebra.Stretch
		for nr := range uint32(count) {
			list = append(list, algebra.Stretch{From: first + nr, Answers: random(t, r)})
		}
		all := algebra.Stretch{Answers: must(new(algebra.Composer).Done(allowed(t)))(t)}
		list = append([]algebra.Stretch{all}, append(list, algebra.Stretch{From: first + count, Answers: all.Answers})...)
		m, err := algebra.Assemble(map[specs.Arch][]algebra.Stretch{arch: list})
		if err != nil {
			t.Fatal(err)
		}
		var made []call
		var want []algebra.Answer
		for _, s := range list[1 : 1+count] {
			for _, args := range words(s.Answers, r) {
				made = append(made, call{uint64(s.From), args[0], args[1], args[2], args[3], args[4], args[5]})
				want = append(want, m.Evaluate(arch, int(s.From), args))
			}
		}
		for i, errno := range kernel(t, compile(t, m), made) {
			expected := uint(unused)
			if want[i].Action == specs.ActErrno {
				expected = want[i].Errno
			}
			if uint(errno) != expected {
				t.Fatalf("seed %d: %x: the kernel answers %d, the meaning %s", seed, made[i], errno, want[i])
			}
		}
		total += len(made)
	}
	t.Logf("%d calls", total)
}

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func allowed(t *testing.T) algebra.Part {
	t.Helper()
	return must(new(algebra.Composer).Answer(algebra.Answer{Action: specs.ActAllow}))(t)
}

// random makes a function of a few tests.
func random(t *testing.T, r *rand.Rand) algebra.Function {
	t.Helper()
	var c algebra.Composer
	parts := []algebra.Part{allowed(t)}
	for _, errno := range []uint{1, 99, 101, 13} {
		parts = append(parts, must(c.Answer(algebra.Answer{Action: specs.ActErrno, Errno: errno}))(t))
	}
	for range 1 + r.IntN(12) {
		test := algebra.Test{
			Arg: r.IntN(6), High: r.IntN(2) == 0, Mask: ^uint32(0) >> r.IntN(32), Op: algebra.Op(r.IntN(4)), Value: r.Uint32() >> r.IntN(32),
		}
		if r.IntN(2) == 0 {
			test.Mask = r.Uint32()
		}
		parts = append(parts, c.If(test, parts[r.IntN(len(parts))], parts[r.IntN(len(parts))]))
	}
	return must(c.Done(parts[len(parts)-1]))(t)
}

// TestShippedInKernel makes real calls under the runtime defaults, those that they deny and some that they allow.
func TestShippedInKernel(t *testing.T) {
	arch := native(t)
	table, _ := syscalls.Table(arch)
	bad := ^uint64(0)
	for name, m := range shipped(t, runtime.GOARCH, workload.DefaultCapabilities) {
		if name == "strict" || name == "audit" {
			continue // strict does not let Go's runtime start a process, and audit denies nothing
		}
		var made []call
		var want []algebra.Answer
		for _, x := range []struct {
			call string
			args [6]uint64
		}{
			{"unshare", [6]uint64{0}}, {"setns", [6]uint64{bad}}, {"mount", [6]uint64{}}, {"ptrace", [6]uint64{12345, bad}},
			{"keyctl", [6]uint64{bad}}, {"add_key", [6]uint64{}}, {"bpf", [6]uint64{99}}, {"perf_event_open", [6]uint64{}},
			{"io_uring_setup", [6]uint64{0}}, {"userfaultfd", [6]uint64{bad}}, {"clone3", [6]uint64{0, 0}}, {"kexec_load", [6]uint64{0, 0, 0, bad}},
			{"socket", [6]uint64{40, bad}}, {"socket", [6]uint64{38, bad}}, {"socket", [6]uint64{1, bad}}, {"socket", [6]uint64{1<<32 | 40, bad}},
			{"personality", [6]uint64{0xffffffff}}, {"personality", [6]uint64{1}}, {"clone", [6]uint64{0x10000000 | 0xff, bad}},
			{"getpid", [6]uint64{}}, {"close", [6]uint64{bad}}, {"read", [6]uint64{bad}}, {"quotactl", [6]uint64{}},
		} {
			nr, ok := table.Number(x.call)
			if !ok {
				continue
			}
			a := m.Evaluate(arch, nr, x.args)
			if a.Class() != algebra.Denies && x.call == "clone" {
				continue // it would be made
			}
			made = append(made, call{uint64(nr), x.args[0], x.args[1], x.args[2], x.args[3], x.args[4], x.args[5]})
			want = append(want, a)
		}
		permissive := must(algebra.Assemble(map[specs.Arch][]algebra.Stretch{
			arch: {{Answers: must(new(algebra.Composer).Done(allowed(t)))(t)}},
		}))(t)
		free := kernel(t, compile(t, permissive), made)
		denied := 0
		for i, errno := range kernel(t, compile(t, m), made) {
			expected := uint(free[i])
			if want[i].Action == specs.ActErrno {
				expected = want[i].Errno
				denied++
			}
			if uint(errno) != expected {
				t.Errorf("%s: %d: the kernel answers %d, the meaning %s", name, made[i][0], errno, want[i])
			}
		}
		if denied < 2 {
			t.Errorf("%s denied %d calls of %d: this shows nothing", name, denied, len(made))
		}
		t.Logf("%s: %d calls, %d denied", name, len(made), denied)
	}
}
