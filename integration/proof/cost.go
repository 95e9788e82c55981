package main

import (
	"fmt"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/bpf"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// cost is how a met filter compares with its inputs, all in normal form and for the same ABIs.
type cost struct {
	length, of int // instructions, and those of the longer input
	dearest    string
	over       float64 // instructions that a call runs, to those of the dearer input, for the call where that is most
	mean       float64
}

// costs compares, for x86_64 and its ABIs, containerd's default met with Docker's, and with each floor that ships, with its inputs.
func costs() error {
	all, err := shipped("amd64")
	if err != nil {
		return err
	}
	abis := hosts["amd64"]
	m := machine{native: abis[0], abis: abis, vocab: library()}
	const base = "containerd default"
	for _, other := range []string{"docker default", "pack:af-alg", "pack:namespaces", "pack:dangerous"} {
		a, b := *all[base], *all[other]
		a.Architectures, b.Architectures = abis, abis
		c, err := m.cost(&a, &b)
		if err != nil {
			return fmt.Errorf("%s with %s: %w", base, other, err)
		}
		fmt.Printf("cost: %s with %s: %d instructions, %.2f of the longer input in normal form; run for a call: %.2f of the dearer input at the mean, %.2f at most (%s)\n",
			base, other, c.length, float64(c.length)/float64(c.of), c.mean, c.over, c.dearest)
	}
	return nil
}

func (m machine) cost(a, b *specs.LinuxSeccomp) (cost, error) {
	out, _, _, err := met(pair{machine: m, a: a, b: b})
	if err != nil {
		return cost{}, err
	}
	env := algebra.Env{Native: m.native, Vocabulary: &m.vocab, Stub: true}
	programs := make([]bpf.Program, 3)
	for i, f := range []*specs.LinuxSeccomp{out, a, b} {
		normal, _, err := algebra.Canonical(f, env)
		if err != nil {
			return cost{}, err
		}
		if programs[i], err = m.compile(normal); err != nil {
			return cost{}, err
		}
	}
	c := cost{length: len(programs[0]), of: max(len(programs[1]), len(programs[2]))}
	d := bpf.Data{}
	d.Arch, _ = bpf.AuditArch(m.native)
	table, _ := syscalls.Table(m.native)
	calls := 0
	for _, name := range table.Names() {
		nr, _ := table.Number(name)
		d.Nr = uint32(nr)
		ratio := float64(steps(programs[0], &d)) / float64(max(steps(programs[1], &d), steps(programs[2], &d)))
		c.mean += ratio
		calls++
		if ratio > c.over {
			c.over, c.dearest = ratio, name
		}
	}
	c.mean /= float64(calls)
	return c, nil
}

// steps counts the instructions that a program of libseccomp's runs for a call.
func steps(p bpf.Program, d *bpf.Data) int {
	var a uint32
	for at, n := 0, 1; ; at, n = at+1, n+1 {
		i := p[at]
		yes := false
		switch i.Code {
		case 0x20: // load a word
			a = bpf.Program{i, {Code: 0x16}}.Run(d)
		case 0x54: // and
			a &= i.K
		case 0x05: // jump
			at += int(i.K)
		case 0x15, 0x25, 0x35, 0x45: // jump if equal, greater, not less, or a bit is set
			yes = i.Code == 0x15 && a == i.K || i.Code == 0x25 && a > i.K || i.Code == 0x35 && a >= i.K || i.Code == 0x45 && a&i.K != 0
			if yes {
				at += int(i.Jt)
			} else {
				at += int(i.Jf)
			}
		default: // return
			return n
		}
	}
}
