package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/bpf"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// tryTraceAnswer is what try --trace says.
type tryTraceAnswer struct {
	Profile string       `json:"profile"`
	Command []string     `json:"command"`
	Exit    int          `json:"exit"`
	Denied  []deniedCall `json:"denied"`
}

// deniedCall is a call that the filter did not let through, with the arguments on which its answer depends.
type deniedCall struct {
	Arch   specs.Arch  `json:"arch"`
	Number uint32      `json:"number"`
	Name   string      `json:"name,omitempty"`
	Args   []deniedArg `json:"args,omitempty"`
	algebra.Answer
	Count int `json:"count"`
}

type deniedArg struct {
	Index int    `json:"index"`
	Value uint64 `json:"value"`
}

// maxDenied is how many calls with different arguments are told apart; more of a call are counted without them.
const maxDenied = 1 << 12

// deniedCalls collects calls that were denied.
type deniedCalls struct {
	meaning  algebra.Meaning
	programs []bpf.Program
	looked   map[seenCall][]int // at which arguments the filter looks
	counts   map[seenCall]int
}

// seenCall is a call, or with no arguments all those of a number.
type seenCall struct {
	arch   specs.Arch
	nr     uint32
	args   [6]uint64
	answer algebra.Answer
}

func newDeniedCalls(tr *trial) *deniedCalls {
	return &deniedCalls{meaning: tr.meaning, programs: tr.programs, looked: map[seenCall][]int{}, counts: map[seenCall]int{}}
}

// see takes a call in as the kernel is about to answer it.
func (d *deniedCalls) see(data *bpf.Data) {
	c := seenCall{arch: abiOf(data), nr: data.Nr, answer: bpf.Answer(d.programs, data)}
	if c.answer.Class() == algebra.Permits {
		return
	}
	if len(d.counts) < maxDenied {
		for _, i := range d.arguments(c.arch, c.nr) {
			c.args[i] = data.Args[i]
		}
	}
	d.counts[c]++
}

// abiOf is the ABI of a call.
func abiOf(data *bpf.Data) specs.Arch {
	for _, abi := range syscalls.ABIs() {
		audit, _ := bpf.AuditArch(abi)
		if audit == data.Arch && (abi == specs.ArchX32) == (data.Nr>>30 == 1 && strings.HasPrefix(string(abi), "SCMP_ARCH_X")) {
			return abi
		}
	}
	return specs.Arch(fmt.Sprintf("%#x", data.Arch))
}

// arguments lists those that the filter looks at in a call.
func (d *deniedCalls) arguments(arch specs.Arch, nr uint32) []int {
	key := seenCall{arch: arch, nr: nr}
	if list, ok := d.looked[key]; ok {
		return list
	}
	var f algebra.Function
	for _, s := range d.meaning.Stretches(arch) {
		if s.From <= nr {
			f = s.Answers
		}
	}
	list := []int{}
	_, decisions, _ := f.Diagram()
	for _, x := range decisions {
		if !slices.Contains(list, x.Arg) {
			list = append(list, x.Arg)
		}
	}
	slices.Sort(list)
	d.looked[key] = list
	return list
}

// list returns what was collected, in the order of ABIs, numbers and arguments.
func (d *deniedCalls) list() []deniedCall {
	out := []deniedCall{}
	for c, n := range d.counts {
		call := deniedCall{Arch: c.arch, Number: c.nr, Answer: c.answer, Count: n}
		if table, ok := syscalls.Table(c.arch); ok {
			call.Name, _ = table.Name(int(c.nr))
		}
		for _, i := range d.arguments(c.arch, c.nr) {
			call.Args = append(call.Args, deniedArg{i, c.args[i]})
		}
		out = append(out, call)
	}
	abis := syscalls.ABIs()
	slices.SortFunc(out, func(a, b deniedCall) int {
		return cmp.Or(cmp.Compare(slices.Index(abis, a.Arch), slices.Index(abis, b.Arch)), cmp.Compare(a.Number, b.Number),
			slices.CompareFunc(a.Args, b.Args, func(x, y deniedArg) int { return cmp.Compare(x.Value, y.Value) }), cmp.Compare(a.Answer.String(), b.Answer.String()))
	})
	return out
}

func (a tryTraceAnswer) table(t *table) {
	if len(a.Denied) == 0 {
		t.line("%s denied nothing", a.Profile)
		return
	}
	t.line("%s denied:", a.Profile)
	for _, d := range a.Denied {
		name := d.Name
		if name == "" {
			name = fmt.Sprintf("#%d", d.Number)
		}
		args := make([]string, len(d.Args))
		for i, x := range d.Args {
			args[i] = fmt.Sprintf("arg%d=%#x", x.Index, x.Value)
		}
		t.row("  "+strings.TrimPrefix(string(d.Arch), "SCMP_ARCH_"), name+"("+strings.Join(args, ", ")+")", d.Answer.String(), times(d.Count))
	}
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
