package algebra

// dropErrno takes the errno from the default if it gets lost on the way to the runtime, and remembers what has to be spelled
// out instead.
func (e *emitter) dropErrno() {
	e.spelled = none
	r := e.fallback.rank()
	if plain := r | orderOf(eperm); e.env.NoDefaultErrno && (r == rankErrno || r == rankTrace) && e.fallback != plain {
		e.spelled, e.fallback = e.fallback, plain
	}
}

// renumber returns a function that has the filter's default where it has the one that is spelled out: another number of the same
// action, and a rule less.
func (e *emitter) renumber(t tree) tree {
	b := newBuilder(2 * len(t.nodes)) // t and what becomes of it
	out, err := b.finish(b.rewrite(func(a answer) answer {
		if a == e.spelled {
			return e.fallback
		}
		return a
	}, b.load(t)))
	if err != nil {
		return constant(t.strictest())
	}
	return out
}
