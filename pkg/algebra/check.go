package algebra

import (
	"fmt"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// check reads the filter as its runtime will and compares.
func (e *emitter) check(f *specs.LinuxSeccomp) (Record, error) {
	rec := Record{Default: e.fallback.unpack(), Inverted: e.inverted, Rules: len(f.Syscalls)}
	for _, t := range e.targets {
		if e.budget[t.name] {
			rec.OverBudget = append(rec.OverBudget, t.name)
		}
		if e.separated[t.name] {
			rec.Separated = append(rec.Separated, t.name)
		}
	}
	r, overlaps, err := Read(f, e.env)
	if err != nil {
		return rec, err
	}
	if len(overlaps) > 0 {
		return rec, fmt.Errorf("rules overlap on %s", overlaps[0].Call)
	}
	r, m := widen(r, e.m), widen(e.m, r)
	for i := range m.abis {
		if err := rec.differences(&r.abis[i], &m.abis[i]); err != nil {
			return rec, err
		}
	}
	return rec, nil
}

// differences puts on record where an ABI of the filter answers otherwise than the meaning. What has no name is not listed
// where it is denied or permitted all the same.
func (rec *Record) differences(x, y *abi) error {
	for _, nr := range numbers(x, y) {
		s, t := x.at(nr), y.at(nr)
		if s.equal(t) {
			continue
		}
		p := newPair(x, nr, s, t)
		if w, ok := p.find(func(x, y answer) bool { return x.class() != Denies && y.class() == Denies }); ok {
			return fmt.Errorf("the result would be weaker: %s", w)
		}
		said := func(x, y answer) bool { return p.named() || x.class() != y.class() }
		if w, ok := p.find(func(x, y answer) bool { return x.rank() > y.rank() && x.class() != Denies && said(x, y) }); ok {
			return fmt.Errorf("the result would be laxer: %s", w)
		}
		if w, ok := p.find(func(x, y answer) bool { return x.rank() < y.rank() && said(x, y) }); ok {
			rec.Tighter = append(rec.Tighter, w)
		}
		if w, ok := p.find(func(x, y answer) bool { return p.named() && (x.rank() > y.rank() || x.rank() == y.rank() && x != y) }); ok {
			rec.Renumbered = append(rec.Renumbered, w)
		}
	}
	return nil
}
