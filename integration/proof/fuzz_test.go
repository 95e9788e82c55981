package main

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// tape is a source of numbers that a fuzzer chooses, and after those of a generator's.
type tape struct {
	data []byte
	rest rand.Source
}

func (t *tape) Uint64() uint64 {
	if len(t.data) == 0 {
		return t.rest.Uint64()
	}
	var word [8]byte
	t.data = t.data[copy(word[:], t.data):]
	return binary.LittleEndian.Uint64(word[:])
}

// FuzzProgram: what the algebra says of a filter is what the program does that libseccomp makes of it, on every
// architecture, and that is never weaker than either of the two filters that it was met from.
func FuzzProgram(f *testing.F) {
	r := rand.New(rand.NewPCG(5, 5))
	for range 40 {
		data := make([]byte, 8*r.IntN(300))
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		f.Add(data)
	}
	vocab := library()
	f.Fuzz(func(t *testing.T, data []byte) {
		random := rand.New(&tape{data, rand.NewPCG(1, uint64(len(data)))})
		g := &generator{Rand: random, vocab: vocab}
		p := g.pair()
		p.name = "fuzzed"
		var found result
		found.prove(p, random)
		found.check(t)
	})
}
