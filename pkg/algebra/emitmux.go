package algebra

import "slices"

// multiplex makes rules of multiplexers agree with what libseccomp adds to them for the calls that they carry. Where they
// cannot, the multiplexer denies everything: a rule without conditions replaces what is added. But where the default permits the
// multiplexer, and what is added only denies, it stays at that: no rule takes it back, and to deny everything were more.
func (e *emitter) multiplex() {
	for i := range e.m.abis {
		a := &e.m.abis[i]
		if !multiplexed(a.arch) {
			continue
		}
		for _, m := range multiplexers {
			t := e.target(m.name)
			if t == nil || t.named && t.out.constant() && t.out.answer() != e.fallback {
				continue
			}
			added, ok, tighter := e.agrees(a, m, t)
			if tighter && !t.named && e.fallback.class() != Denies {
				continue
			}
			if !ok && e.spelled != none {
				for _, c := range e.targets {
					if _, carried := m.numbers[c.name]; (carried || c == t) && c.named {
						c.out = e.renumber(c.out)
					}
				}
				added, ok, _ = e.agrees(a, m, t)
			}
			switch {
			case !ok:
				t.named, t.out = true, constant(e.denial(a.at(e.number(t, i))))
			case t.named && !a.narrow() && e.fallback.class() == Denies:
				// What is added compares all 64 bits of which call it is. Rules for the low word beside it are compiled
				// wrong; without them, a number with junk above it is denied.
				t.out = without(t.out, added, e.fallback)
			}
		}
	}
}

// denial returns an answer that denies and is not the default.
func (e *emitter) denial(t tree) answer {
	if a := t.strictest(); a.class() == Denies && a != e.fallback {
		return a
	}
	for _, a := range []answer{rankErrno | orderOf(eperm), answerENOSYS} {
		if a != e.fallback {
			return a
		}
	}
	return rankKillProcess
}

// agrees reports whether the rules of the calls that a multiplexer carries, translated for it, hold nowhere but where the
// multiplexer, a target, is to answer the same, or whether all that they answer otherwise they deny. It first makes a call that has
// different answers answer alike, as libseccomp refuses the translation of those.
func (e *emitter) agrees(a *abi, m multiplexer, mux *target) (added tree, ok, tighter bool) {
	want := constant(e.fallback)
	if mux.named {
		want = mux.out
	}
	r := newReader(a.arch, e.fallback, e.env)
	nr, _ := a.table.Number(m.name)
	for _, t := range e.targets {
		index, ok := m.numbers[t.name]
		if !ok || !t.named {
			continue
		}
		if t.out.constant() && t.out.answer() == e.fallback {
			continue
		}
		e.unify(t)
		for _, c := range t.out.cubes(e.fallback) {
			if err := r.rule(nr, c.answer, c.arguments(), &index); err != nil {
				return added, false, false
			}
		}
	}
	rules := r.rules[uint32(nr)]
	if rules == nil {
		return constant(none), true, false
	}
	if rules.always != nil {
		return added, false, false
	}
	added, overlap, err := rules.tree(none, e.env.Budget.Nodes)
	if err != nil || overlap != nil {
		return added, false, false
	}
	other, laxer := false, false
	_, err = combine(func(x, y answer) answer {
		differs := x != none && x != y
		other, laxer = other || differs, laxer || differs && x.class() != Denies
		return 0
	}, added, want, e.env.Budget.Nodes)
	return added, err == nil && !other, err == nil && other && !laxer
}

// without returns a function that has an answer where another one has any, and its own elsewhere.
func without(t, other tree, instead answer) tree {
	out, err := combine(func(x, y answer) answer {
		if y != none {
			return instead
		}
		return x
	}, t, other, defaultNodes)
	if err != nil {
		return t
	}
	return out
}

// unify leaves a call one answer besides the default.
func (e *emitter) unify(t *target) {
	if t.out.constant() {
		return
	}
	if slices.ContainsFunc(t.out.answers(), func(a answer) bool { return a != e.fallback && a != e.spelled }) {
		t.out = e.renumber(t.out)
	}
	others := none
	for _, c := range t.out.cubes(e.fallback) {
		if c.answer.class() != Denies || e.fallback.class() != Denies {
			others = min(others, c.answer)
		}
	}
	b := newBuilder(defaultNodes)
	out, err := b.finish(b.rewrite(func(a answer) answer {
		switch {
		case a == e.fallback || a.class() == Denies && e.fallback.class() == Denies && others != none:
			return e.fallback
		case others == none:
			return a
		}
		return others
	}, b.load(t.out)))
	if err == nil {
		t.out = out
	}
}
