package algebra

import "slices"

// chooseNames says which calls get rules: those that answer otherwise than the default, and those that the runtime's
// ENOSYS stub would answer wrongly. Naming a call moves the number from which the stub answers, so this is repeated until
// nothing changes.
func (e *emitter) chooseNames() {
	for _, t := range e.targets {
		for _, p := range t.at {
			if p.known && !(p.is(e.fallback) || e.stub() && p.is(answerENOSYS)) {
				t.named = true
			}
		}
	}
	for changed := true; changed; {
		changed = false
		highest := e.highest()
		for _, t := range e.targets {
			if !t.named && slices.ContainsFunc(t.at, func(p placed) bool { return p.known && e.missed(p, highest[p.abi]) }) {
				t.named, changed = true, true
			}
		}
		if !changed {
			changed = e.anchor(highest)
		}
	}
}

func (p placed) is(a answer) bool { return p.constant() && p.answer() == a }

// stub reports whether the runtime answers ENOSYS above the highest number, given the default.
func (e *emitter) stub() bool { return e.env.Stub && e.fallback < rankTrace }

// highest returns the highest number with rules per ABI. Names that a multiplexer carries do not count to the stub.
func (e *emitter) highest() []uint32 {
	out := make([]uint32, len(e.m.abis))
	for _, t := range e.targets {
		if !t.named {
			continue
		}
		for _, p := range t.at {
			if p.known && !(t.carried && multiplexed(e.m.abis[p.abi].arch)) {
				out[p.abi] = max(out[p.abi], p.nr)
			}
		}
	}
	return out
}

// missed reports whether a call without rules would not answer ENOSYS as it should.
func (e *emitter) missed(p placed, highest uint32) bool {
	return e.fallback != answerENOSYS && p.is(answerENOSYS) && !(e.stub() && highest > 0 && p.nr > highest)
}

// anchor names one more call that answers ENOSYS, the lowest that there is above the calls which the stub must not answer
// because they answer as the default does.
func (e *emitter) anchor(highest []uint32) bool {
	if !e.stub() || e.fallback == answerENOSYS {
		return false
	}
	for i := range e.m.abis {
		var last uint32
		for _, t := range e.targets {
			for _, p := range t.at {
				if p.abi == i && p.is(e.fallback) && highest[i] > 0 && p.nr > highest[i] {
					last = max(last, p.nr)
				}
			}
		}
		if last == 0 {
			continue
		}
		var best *target
		var at uint32
		for _, t := range e.targets {
			for _, p := range t.at {
				if p.abi == i && p.nr > last && p.known && !t.named && !t.carried && p.is(answerENOSYS) && (best == nil || p.nr < at) {
					best, at = t, p.nr
				}
			}
		}
		if best != nil {
			best.named = true
			return true
		}
	}
	return false
}

// multiplex makes rules of multiplexers agree with what libseccomp adds to them for the calls that they carry. Where they
// cannot, the multiplexer denies everything: a rule without conditions replaces what is added.
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
			want := constant(e.fallback)
			if t.named {
				want = t.out
			}
			added, ok := e.agrees(a, m, want)
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

func (e *emitter) target(name string) *target {
	i, ok := slices.BinarySearchFunc(e.targets, name, func(t *target, name string) int {
		switch {
		case t.name < name:
			return -1
		case t.name > name:
			return 1
		}
		return 0
	})
	if !ok {
		return nil
	}
	return e.targets[i]
}

func (e *emitter) number(t *target, abi int) uint32 {
	for _, p := range t.at {
		if p.abi == abi {
			return p.nr
		}
	}
	return 0
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
// multiplexer is to answer the same. It first makes a call that has different answers answer alike, as libseccomp refuses
// the translation of those.
func (e *emitter) agrees(a *abi, m multiplexer, want tree) (added tree, ok bool) {
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
				return added, false
			}
		}
	}
	rules := r.rules[uint32(nr)]
	if rules == nil {
		return constant(none), true
	}
	if rules.always != nil {
		return added, false
	}
	added, overlap, err := rules.tree(none, e.env.Budget.Nodes)
	if err != nil || overlap != nil {
		return added, false
	}
	bad := false
	_, err = combine(func(x, y answer) answer {
		bad = bad || x != none && x != y
		return 0
	}, added, want, e.env.Budget.Nodes)
	return added, err == nil && !bad
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
