package bpf_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/bpf"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/syscalls"
	"github.com/seccompd/seccompd/pkg/workload"
)

// machines are the ABIs of a machine, the native one first.
var machines = [][]specs.Arch{
	{specs.ArchX86_64, specs.ArchX86, specs.ArchX32}, {specs.ArchX86_64}, {specs.ArchAARCH64, specs.ArchARM}, {specs.ArchS390X},
	{specs.ArchRISCV64}, {specs.ArchPPC64LE}, {specs.ArchX86}, {specs.ArchARM}, {specs.ArchLOONGARCH64}, {specs.ArchX86_64, specs.ArchX32},
}

func environment(native specs.Arch) algebra.Env { return algebra.Env{Native: native, Stub: true} }

// shipped are the filters that this project has in itself, by name.
func shipped(t testing.TB, goarch string, caps workload.Capabilities) map[string]algebra.Meaning {
	t.Helper()
	facts := host.Assume(goarch)
	list := map[string]*profile.Profile{"containerd": profile.RuntimeDefault(workload.EngineContainerd), "docker": profile.RuntimeDefault(workload.EngineDocker)}
	for _, name := range []string{"strict", "block-unshare", "audit"} {
		p, ok := profile.Builtin(name)
		if !ok {
			t.Fatalf("no built-in profile %q", name)
		}
		list[name] = p
	}
	out := map[string]algebra.Meaning{}
	for name, p := range list {
		f, err := p.Resolve(profile.Target{Facts: facts, Capabilities: caps})
		if err != nil {
			t.Fatal(err)
		}
		m, _, err := algebra.Read(f, environment(facts.Native))
		if err != nil {
			t.Fatal(err)
		}
		out[name] = m
	}
	return out
}

func compile(t testing.TB, m algebra.Meaning) bpf.Program {
	t.Helper()
	p, err := bpf.Compile(m)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func meaning(t testing.TB, p ...bpf.Program) algebra.Meaning {
	t.Helper()
	m, err := bpf.Meaning(p, bpf.Exact)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// answers is what a program returns in the words of the algebra.
func answers(p bpf.Program, d *bpf.Data) algebra.Answer {
	action, errno := bpf.Action(p.Run(d))
	return algebra.Answer{Action: action, Errno: errno}
}

// words are arguments around the values that a function compares with: those of the diagram's ways, with bits turned.
func words(f algebra.Function, r *rand.Rand) [][6]uint64 {
	begin, decisions, _ := f.Diagram()
	out := [][6]uint64{{}, {^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}}
	for range 12 {
		var args [6]uint64
		for i := range args {
			args[i] = r.Uint64() >> r.IntN(64)
		}
		for n := begin; n >= 0; {
			d := decisions[n]
			bit := uint64(1) << d.Bit
			if r.IntN(2) == 0 {
				args[d.Arg], n = args[d.Arg]|bit, d.One
			} else {
				args[d.Arg], n = args[d.Arg]&^bit, d.Zero
			}
		}
		out = append(out, args)
		if len(decisions) > 0 {
			d := decisions[r.IntN(len(decisions))]
			args[d.Arg] ^= 1 << d.Bit
			out = append(out, args)
			args[d.Arg]++
			out = append(out, args)
		}
	}
	return out
}

// agree holds a program to a meaning: at every number at which either may change, and around every value.
func agree(t *testing.T, p bpf.Program, m algebra.Meaning, seed uint64) (calls int) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	for _, arch := range syscalls.ABIs() {
		audit, _ := bpf.AuditArch(arch)
		table, _ := syscalls.Table(arch)
		numbers := map[uint32]bool{0: true, 1 << 29: true, 1<<31 + 5: true}
		for _, name := range table.Names() {
			nr, _ := table.Number(name)
			numbers[uint32(nr)] = true
		}
		for _, s := range m.Stretches(arch) {
			numbers[s.From], numbers[s.From-1], numbers[s.From+1] = true, true, true
		}
		for nr := range numbers {
			if arch == specs.ArchX86_64 && nr >= 1<<30 || arch == specs.ArchX32 && nr < 1<<30 || nr == ^uint32(0) {
				continue // another ABI's, or no call
			}
			var f algebra.Function
			for _, s := range m.Stretches(arch) {
				if s.From <= nr {
					f = s.Answers
				}
			}
			for _, args := range words(f, r) {
				if table.Bits() == 32 {
					for i := range args {
						args[i] &= 1<<32 - 1
					}
				}
				d := bpf.Data{Nr: nr, Arch: audit, Args: args}
				if got, want := answers(p, &d), m.Evaluate(arch, int(nr), args); got != want {
					t.Fatalf("%s #%d %x: the program answers %s, the meaning %s", arch, nr, args, got, want)
				}
				calls++
			}
		}
	}
	return calls
}

func TestCompileShipped(t *testing.T) {
	for _, goarch := range []string{"amd64", "386", "arm64", "arm", "riscv64", "ppc64le", "s390x", "loong64"} {
		calls := 0
		for name, m := range shipped(t, goarch, workload.DefaultCapabilities) {
			p := compile(t, m)
			calls += agree(t, p, m, 1)
			if c := algebra.Compare(meaning(t, p), m); c.Verdict != algebra.Equal {
				t.Errorf("%s: read back it is %s: %v", name, c.Verdict, append(c.Tighter, c.Looser...)[0])
			}
			t.Logf("%s %s: %d instructions", goarch, name, len(p))
		}
		t.Logf("%s: %d calls", goarch, calls)
	}
}

func TestSkippedCallIsNotX32(t *testing.T) {
	m := shipped(t, "amd64", 0)["containerd"].Restrict([]specs.Arch{specs.ArchX86_64})
	p := compile(t, m)
	d := bpf.Data{Nr: ^uint32(0), Arch: 0xc000003e}
	if got := answers(p, &d); got.Action != specs.ActErrno {
		t.Errorf("the number with which a tracer skips a call: %s", got)
	}
	d.Nr = 1 << 30
	if got := answers(p, &d); got.Action != specs.ActKillThread {
		t.Errorf("a call of x32: %s", got)
	}
}

func TestStackedAsTheKernelDoes(t *testing.T) {
	errno := func(n uint32) bpf.Program { return bpf.Program{{Code: give, K: 0x00050000 | n}} }
	for _, stack := range [][]bpf.Program{
		{}, {errno(1), errno(2)}, {errno(2), errno(1)}, {errno(38), errno(13)},
		{errno(1), {{Code: give, K: 0x7fff0000}}}, {errno(1), {{Code: give, K: 0x80000000}}, {{Code: give}}},
	} {
		d := bpf.Data{Nr: 1, Arch: 0xc000003e}
		want := bpf.Answer(stack, &d)
		if got := meaning(t, stack...).Evaluate(specs.ArchX86_64, 1, [6]uint64{}); got != want {
			t.Errorf("%v: %s, want %s", stack, got, want)
		}
	}
	if got := bpf.Answer([]bpf.Program{errno(1), errno(2)}, &bpf.Data{}); got.Errno != 2 {
		t.Errorf("the newest of two errnos: %s", got)
	}
}

// TestCompileLong compiles more than a jump reaches, and more than the kernel takes.
func TestCompileLong(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	build := func(count uint32) algebra.Meaning {
		var c algebra.Composer
		var list []algebra.Stretch
		for nr := range count {
			part, err := c.Answer(algebra.Answer{Action: specs.ActErrno, Errno: uint(nr % 97)})
			if err != nil {
				t.Fatal(err)
			}
			if nr%5 == 0 {
				part = c.If(algebra.Test{Arg: r.IntN(6), Mask: r.Uint32(), Op: algebra.IsAtLeast, Value: r.Uint32()}, part, parts(t, &c)[nr%2])
			}
			f, err := c.Done(part)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, algebra.Stretch{From: nr, Answers: f})
		}
		m, err := algebra.Assemble(map[specs.Arch][]algebra.Stretch{specs.ArchAARCH64: list, specs.ArchX86_64: {{Answers: list[1].Answers}}})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	m := build(700)
	p := compile(t, m)
	agree(t, p, m, 2)
	if c := algebra.Compare(meaning(t, p), m); c.Verdict != algebra.Equal {
		t.Errorf("%d instructions, read back, are %s", len(p), c.Verdict)
	}
	t.Logf("%d instructions", len(p))
	if _, err := bpf.Compile(build(2500)); err == nil || !strings.Contains(err.Error(), "instructions, want 1 to 4096") {
		t.Errorf("too long a program: %v", err)
	}
}

func parts(t *testing.T, c *algebra.Composer) []algebra.Part {
	t.Helper()
	var out []algebra.Part
	for _, action := range []specs.LinuxSeccompAction{specs.ActAllow, specs.ActKillProcess} {
		part, err := c.Answer(algebra.Answer{Action: action})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, part)
	}
	return out
}
