package bpf

import (
	"slices"
	"sort"

	"github.com/seccompd/seccompd/pkg/algebra"
)

// span is the numbers from one up to another.
type span struct{ from, end uint64 }

// piece is numbers with which a program comes to the same state, where it returns or looks at an argument.
type piece struct {
	span
	state
}

// stretches returns what the program answers to each number of the ABI.
func (r *reader) stretches() ([]algebra.Stretch, error) {
	pieces, err := r.split(nil, state{}, []span{{uint64(r.from), r.end}})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(pieces, func(a, b piece) int {
		if a.from < b.from {
			return -1
		}
		return 1
	})
	var out []algebra.Stretch
	for _, p := range pieces {
		starts := []uint64{p.from}
		if p.end-p.from > 1 && p.kind == argument {
			if starts, err = r.starts(p); err != nil {
				return nil, err
			}
		}
		for _, nr := range starts {
			f, err := r.function(uint32(nr), p.state)
			if err != nil {
				return nil, err
			}
			if n := len(out); n == 0 || !out[n-1].Answers.Equal(f) {
				out = append(out, algebra.Stretch{From: uint32(nr), Answers: f})
			}
		}
	}
	return out, nil
}

// split follows the program with many numbers at once, and parts them where it does.
func (r *reader) split(out []piece, s state, set []span) ([]piece, error) {
	for {
		var err error
		if s, err = r.step(s); err != nil {
			return nil, err
		}
		if *r.work--; *r.work < 0 {
			return nil, errWork
		}
		i := r.program[s.at]
		if i.Code == ret || s.kind == argument {
			for _, n := range set {
				out = append(out, piece{n, s})
			}
			return out, nil
		}
		yes, no, err := r.divide(s.at, i, set)
		switch {
		case err != nil:
			return nil, err
		case len(yes) > 0 && len(no) > 0:
			if out, err = r.split(out, s.after(i, true), yes); err != nil {
				return nil, err
			}
		case len(yes) > 0:
			s, set = s.after(i, true), yes
			continue
		}
		s, set = s.after(i, false), no
	}
}

// divide parts numbers by a comparison. It may reuse the set for one of the parts.
func (r *reader) divide(at int, i Instruction, set []span) (yes, no []span, err error) {
	k := uint64(i.K)
	switch i.Code & 0xf0 {
	case jeq:
		j := sort.Search(len(set), func(j int) bool { return set[j].end > k })
		if j == len(set) || set[j].from > k {
			return nil, set, nil
		}
		n := set[j]
		rest := slices.DeleteFunc([]span{{n.from, k}, {k + 1, n.end}}, func(n span) bool { return n.from >= n.end })
		return []span{{k, k + 1}}, slices.Replace(set, j, j+1, rest...), nil
	case jgt:
		k++
	case jset:
		return r.divideBits(at, i.K, set)
	}
	j := sort.Search(len(set), func(j int) bool { return set[j].end > k })
	yes = slices.Clone(set[j:])
	no = slices.Clip(set[:j])
	if len(yes) > 0 && yes[0].from < k {
		no = append(no, span{yes[0].from, k})
		yes[0].from = k
	}
	return yes, no, nil
}

// divideBits parts numbers by whether they have one of some bits.
func (r *reader) divideBits(at int, bits uint32, set []span) (yes, no []span, err error) {
	every := uint64(bits & -bits)
	if every == 0 {
		return nil, set, nil
	}
	for _, n := range set {
		if (n.end-n.from)/every > maxParts {
			return nil, nil, r.beyond(at) // only the topmost bits are tested by anybody, as x32's
		}
		for from := n.from; from < n.end; {
			if *r.work--; *r.work < 0 {
				return nil, nil, errWork
			}
			end := min(n.end, (from/every+1)*every)
			if uint32(from)&bits != 0 {
				yes = append(yes, span{from, end})
			} else {
				no = append(no, span{from, end})
			}
			from = end
		}
	}
	return yes, no, nil
}

// maxParts is into how many parts a test of bits may part numbers.
const maxParts = 256

// starts returns the numbers of a piece from which on the program, or with Cut an argument's width, may differ.
func (r *reader) starts(p piece) ([]uint64, error) {
	out := []uint64{p.from}
	seen := map[state]bool{}
	for todo := []state{p.state}; len(todo) > 0; {
		s, err := r.step(todo[len(todo)-1])
		if err != nil {
			return nil, err
		}
		todo = todo[:len(todo)-1]
		i := r.program[s.at]
		if seen[s] || i.Code == ret {
			continue
		}
		seen[s] = true
		if *r.work--; *r.work < 0 {
			return nil, errWork
		}
		todo = append(todo, s.after(i, true), s.after(i, false))
		if s.kind != number {
			continue
		}
		yes, no, err := r.divide(s.at, i, []span{p.span})
		if err != nil {
			return nil, err
		}
		for _, n := range append(yes, no...) {
			out = append(out, n.from)
		}
	}
	if r.reading == Cut {
		for _, name := range r.table.Names() {
			if nr, _ := r.table.Number(name); uint64(nr) >= p.from && uint64(nr) < p.end {
				out = append(out, uint64(nr), min(uint64(nr)+1, p.end-1))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
