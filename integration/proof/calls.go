package main

import (
	"math/rand/v2"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

// vectors bounds the argument vectors that are tried for one call.
const vectors = 3000

// words are, per name and argument, values at which one of two filters may change its answer, and neighbours.
type words map[string]*[6][]uint64

func (w words) add(f *specs.LinuxSeccomp) {
	for _, s := range f.Syscalls {
		for _, name := range s.Names {
			for _, a := range s.Args {
				w.of(name)[a.Index] = append(w.of(name)[a.Index], around(a)...)
				for i, list := range [][]string{socketcalls, ipcs} {
					mux := []string{"socketcall", "ipc"}[i]
					if n := slices.Index(list, name); n >= 0 {
						w.of(mux)[a.Index] = append(w.of(mux)[a.Index], around(a)...)
					}
				}
			}
			for i, list := range [][]string{socketcalls, ipcs} {
				mux := []string{"socketcall", "ipc"}[i]
				if n := slices.Index(list, name); n >= 0 {
					w.of(mux)[0] = append(w.of(mux)[0], uint64(n), uint64(n+1), uint64(n+2), 0xdeadbeef<<32|uint64(n+1))
				}
			}
		}
	}
}

func (w words) of(name string) *[6][]uint64 {
	if w[name] == nil {
		w[name] = &[6][]uint64{}
	}
	return w[name]
}

func around(a specs.LinuxSeccompArg) []uint64 {
	const junk = 0xdeadbeef << 32
	var out []uint64
	values := []uint64{a.Value}
	if a.Op == specs.OpMaskedEqual {
		values = []uint64{a.ValueTwo & a.Value, a.ValueTwo, ^a.Value | a.ValueTwo, a.ValueTwo ^ a.Value, a.ValueTwo ^ a.Value&-a.Value}
	}
	for _, v := range values {
		out = append(out, v, v-1, v+1, uint64(uint32(v)), uint64(uint32(v))|junk, uint64(int64(int32(v))), v^1<<32, v^1<<31, uint64(uint16(v))|1<<16)
	}
	return append(out, 0, ^uint64(0), 1<<32, 1<<31)
}

// of returns argument vectors for a call: every combination of its words, or a sample if there are too many.
func (w words) vectors(name string, r *rand.Rand) [][6]uint64 {
	var lists [6][]uint64
	if own := w[name]; own != nil {
		lists = *own
	}
	total := 1
	for i := range lists {
		list := slices.Clone(lists[i])
		slices.Sort(list)
		lists[i] = slices.Compact(list)
		if len(lists[i]) == 0 {
			lists[i] = []uint64{0}
		}
		total = min(total*len(lists[i]), 1<<40)
	}
	var out [][6]uint64
	pick := func(choose func(i int) int) {
		var v [6]uint64
		for i := range v {
			v[i] = lists[i][choose(i)]
		}
		out = append(out, v)
	}
	if total <= vectors {
		for n := range total {
			pick(func(i int) int {
				at := n % len(lists[i])
				n /= len(lists[i])
				return at
			})
		}
	} else {
		for range vectors {
			pick(func(i int) int { return r.IntN(len(lists[i])) })
		}
	}
	// Arguments that no rule looks at must not matter.
	return append(out, [6]uint64{r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64()})
}

// crossed have one pseudo number in libseccomp 2.5.4 on x86_64, so that their rules cannot be compiled there for ppc64le, which
// has them.
var crossed = []string{"sys_debug_setcontext", "switch_endian"}

// numbers are those that are called on an ABI: all of its table, and some that no call has.
func numbers(abi specs.Arch) []int {
	table, _ := syscalls.Table(abi)
	out := []int{}
	for _, name := range table.Names() {
		if slices.Contains(crossed, name) {
			continue
		}
		nr, _ := table.Number(name)
		out = append(out, nr)
	}
	base := 0
	if abi == specs.ArchX32 {
		base = 1 << 30
	}
	out = append(out, base+table.Highest()&^(1<<30)+1, base+1000, base+100000)
	slices.Sort(out)
	return slices.Compact(out)
}
