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

// target returns the target of a name, or nil.
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
