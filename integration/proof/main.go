package main

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

func main() {
	random := flag.Int("pairs", 10000, "random pairs")
	seed := flag.Uint64("seed", 1, "seed of the random pairs")
	only := flag.Int("only", -1, "print this random pair")
	flag.Parse()
	var r result
	if err := r.shipped([]string{"amd64", "arm64", "riscv64", "s390x"}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	r.written()
	r.print("shipped")
	if err := costs(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	var n result
	g := n.random(*random, *seed, *only, false)
	n.print("random")
	g.shares.print()
	if r.bad() || n.bad() || r.overBudget > 0 || *random >= 100 && !g.shares.met() {
		os.Exit(1)
	}
}

// hosts are the ABIs of a machine by GOARCH.
var hosts = map[string][]specs.Arch{
	"amd64": {specs.ArchX86_64, specs.ArchX86, specs.ArchX32}, "arm64": {specs.ArchAARCH64, specs.ArchARM},
	"riscv64": {specs.ArchRISCV64}, "s390x": {specs.ArchS390X},
}

// shipped proves every pair of shipped filters on some machines.
func (r *result) shipped(goarches []string) error {
	vocab := library()
	for _, goarch := range goarches {
		all, err := shipped(goarch)
		if err != nil {
			return err
		}
		names := slices.Sorted(maps.Keys(all))
		for i, a := range names {
			for _, b := range names[i:] {
				abis := hosts[goarch]
				m := machine{native: abis[0], abis: abis, vocab: vocab, lenient: len(b)%2 == 0, crun: len(a)%2 == 0, nri: i%3 == 0}
				r.prove(pair{fmt.Sprintf("%s, %s, %s", goarch, a, b), m, all[a], all[b]}, rand.New(rand.NewPCG(uint64(i), 2)))
			}
		}
	}
	return nil
}

// random proves pairs, each from a seed of its own, or only one. It may stop at the first that is wrong.
func (r *result) random(count int, seed uint64, only int, stop bool) *generator {
	g := &generator{vocab: library()}
	start, shown := time.Now(), time.Now()
	for i := range count {
		if only >= 0 && i != only {
			continue
		}
		g.Rand = rand.New(rand.NewPCG(seed, uint64(i)))
		p := g.pair()
		p.name = fmt.Sprintf("random %d", i)
		r.prove(p, g.Rand)
		if stop && r.bad() {
			break
		}
		if only >= 0 {
			show(p)
		}
		if time.Since(shown) > 10*time.Second {
			shown = time.Now()
			fmt.Fprintf(os.Stderr, "%d of %d random pairs, %s\n", i+1, count, time.Since(start).Round(time.Second))
		}
	}
	return g
}

// bad reports whether the claim does not hold.
func (r *result) bad() bool { return r.weaker+r.tighter+r.misread+r.failed > 0 }
