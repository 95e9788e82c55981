package main

import (
	"math/rand/v2"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

// shares count, of the pairs generated, those with a property.
type shares struct {
	pairs, severalArguments, high, overlapping, allowDefault, conditional int
}

// machines are what random pairs are for. The first stand for the nodes that there are most of.
var machines = [][]specs.Arch{
	{specs.ArchX86_64},
	{specs.ArchX86_64, specs.ArchX86, specs.ArchX32},
	{specs.ArchX86_64},
	{specs.ArchX86_64, specs.ArchX86},
	{specs.ArchAARCH64, specs.ArchARM},
	{specs.ArchAARCH64},
	{specs.ArchRISCV64},
	{specs.ArchPPC64LE},
	{specs.ArchS390X},
}

// favourites are calls that profiles have conditions on, and those with something peculiar.
var favourites = []string{
	"clone", "socket", "personality", "ioctl", "prctl", "mmap", "mprotect", "unshare", "socketpair", "semget", "socketcall", "ipc",
	"fcntl", "keyctl", "ptrace", "open", "chmod", "setns", "kill", "connect", "accept4", "shmat", "bpf", "mount",
}

type generator struct {
	*rand.Rand
	wide   bool // this pair has values over 32 bits
	shares shares
	vocab  syscalls.Vocab
}

func (g *generator) pair() pair {
	abis := machines[g.IntN(len(machines))]
	table, _ := syscalls.Table(abis[0])
	var pool []string
	for range 1 + g.IntN(4) {
		pool = append(pool, favourites[g.IntN(len(favourites))])
	}
	names := table.Names()
	for range 4 + g.IntN(20) {
		pool = append(pool, names[g.IntN(len(names))])
	}
	p := pair{machine: machine{native: abis[0], abis: abis, vocab: g.vocab, lenient: g.IntN(2) == 0, crun: len(pool)%3 == 0}}
	actions := []specs.LinuxSeccompAction{specs.ActAllow, specs.ActErrno}
	if g.IntN(3) == 0 {
		actions = append(actions, specs.ActKillProcess, specs.ActKill, specs.ActTrap, specs.ActTrace, specs.ActLog, specs.ActNotify)
	}
	g.wide = g.IntN(2) == 0
	p.a, p.b = g.filter(abis, pool, actions), g.filter(abis, pool, actions)
	p.nri = g.IntN(4) == 0
	g.count(p)
	return p
}

func (g *generator) filter(abis []specs.Arch, pool []string, actions []specs.LinuxSeccompAction) *specs.LinuxSeccomp {
	f := &specs.LinuxSeccomp{Architectures: abis}
	if g.IntN(8) == 0 {
		f.Architectures = abis[:1+g.IntN(len(abis))]
	}
	switch g.IntN(10) {
	case 0, 1, 2:
		f.DefaultAction = specs.ActAllow
	case 3:
		f.DefaultAction = []specs.LinuxSeccompAction{specs.ActKillProcess, specs.ActTrap, specs.ActLog, specs.ActTrace, specs.ActKillThread}[g.IntN(5)]
	default:
		f.DefaultAction, f.DefaultErrnoRet = specs.ActErrno, g.errno()
	}
	for range 2 + g.IntN(8) {
		s := specs.LinuxSyscall{Action: actions[g.IntN(len(actions))]}
		if s.Action == specs.ActErrno {
			s.ErrnoRet = g.errno()
		}
		for range 1 + g.IntN(4) {
			s.Names = append(s.Names, pool[g.IntN(len(pool))])
		}
		if g.IntN(3) > 0 {
			s.Args = g.conditions()
		}
		f.Syscalls = append(f.Syscalls, s)
	}
	return f
}

func (g *generator) errno() *uint {
	n := []uint{1, 38, 38, 13, 22, 0, 4094}[g.IntN(7)]
	if g.IntN(3) == 0 {
		return nil
	}
	return &n
}

func (g *generator) conditions() []specs.LinuxSeccompArg {
	operators := []specs.LinuxSeccompOperator{
		specs.OpEqualTo, specs.OpEqualTo, specs.OpMaskedEqual, specs.OpMaskedEqual, specs.OpNotEqual, specs.OpLessThan, specs.OpGreaterEqual,
		specs.OpLessEqual, specs.OpGreaterThan,
	}
	var out []specs.LinuxSeccompArg
	for range 1 + g.IntN(4)/3 + g.IntN(12)/11 {
		a := specs.LinuxSeccompArg{Index: uint(g.IntN(3)), Op: operators[g.IntN(len(operators))], Value: g.value()}
		if g.IntN(8) == 0 {
			a.Index = uint(g.IntN(6))
		}
		if a.Op == specs.OpMaskedEqual {
			a.ValueTwo = g.value()
			if g.IntN(4) > 0 {
				a.ValueTwo &= a.Value
			}
		}
		out = append(out, a)
	}
	return out
}

func (g *generator) value() uint64 {
	width := 32
	if g.wide {
		width = 64
	}
	switch g.IntN(6) {
	case 0:
		return g.Uint64() >> (64 - width) >> g.IntN(width)
	case 1:
		return 1<<g.IntN(width) - uint64(g.IntN(2))
	case 2:
		if g.wide {
			return uint64(-int64(g.IntN(200)))
		}
	case 3:
		if g.wide {
			return uint64(1<<32) + uint64(g.IntN(8))
		}
	}
	return uint64(g.IntN(50))
}

func (g *generator) count(p pair) {
	s := &g.shares
	s.pairs++
	var several, high, conditional bool
	for _, f := range []*specs.LinuxSeccomp{p.a, p.b} {
		for _, r := range f.Syscalls {
			indices := map[uint]bool{}
			for _, a := range r.Args {
				indices[a.Index] = true
				high = high || a.Value >= 1<<32 || a.ValueTwo >= 1<<32
				conditional = true
			}
			several = several || len(indices) > 1
		}
	}
	for _, x := range []struct {
		is    bool
		count *int
	}{
		{several, &s.severalArguments},
		{high, &s.high},
		{g.overlaps(p), &s.overlapping},
		{conditional, &s.conditional},
		{slices.Contains([]specs.LinuxSeccompAction{p.a.DefaultAction, p.b.DefaultAction}, specs.ActAllow), &s.allowDefault},
	} {
		if x.is {
			*x.count++
		}
	}
}

// overlaps reports whether two rules with conditions hold for one call: of one filter, or one of each.
func (g *generator) overlaps(p pair) bool {
	abi := p.native
	a, b := p.read(p.a, abi), p.read(p.b, abi)
	w := words{}
	w.add(p.a)
	w.add(p.b)
	random := rand.New(rand.NewPCG(1, 1)) // so that what is counted does not change what comes next
	for nr, rules := range a.rules {
		name, _ := a.table.Name(nr)
		both := append(slices.Clone(rules), b.rules[nr]...)
		for _, args := range w.vectors(name, random) {
			holding := 0
			for _, rule := range both {
				if holds, _ := a.holds(name, rule, args); holds && len(rule.args) > 0 {
					holding++
				}
			}
			if holding > 1 {
				return true
			}
		}
	}
	return false
}

// met reports whether the pairs are hard enough to say something.
func (s shares) met() bool {
	return 10*min(s.severalArguments, s.high, s.overlapping) >= 3*s.pairs && 10*s.allowDefault >= s.pairs
}
