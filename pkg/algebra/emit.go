package algebra

import (
	"fmt"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// Record says how an emitted filter differs from the meaning that it was emitted for. It never answers more laxly in class:
// what the meaning denies it denies.
type Record struct {
	// Default is the answer that the filter gives where no rule holds.
	Default Answer `json:"default"`
	// Inverted: the default denies though the meaning's permits, because a call is denied whose name the runtime's
	// libseccomp does not know, so that no rule for it can be loaded.
	Inverted bool `json:"inverted,omitempty"`
	// OverBudget lists the calls whose conditions would have needed too many rules, and Separated those whose conditions
	// libseccomp might mix up with another call's. Both were made stricter.
	OverBudget []string `json:"overBudget,omitempty"`
	Separated  []string `json:"separated,omitempty"`
	// Tighter are calls that the filter (A) answers more strictly than the meaning (B), one per number.
	Tighter []Witness `json:"tighter,omitempty"`
	// Renumbered are calls that both deny, or both leave to a tracer, and that the filter answers with another number, or denies
	// with an answer of less weight: as with ENOSYS by runc where the meaning has EPERM.
	Renumbered []Witness `json:"renumbered,omitempty"`
	// Rules is the number of rules, those of several names counted once.
	Rules int `json:"rules"`
}

// Emit writes a filter that answers as a meaning does when the runtime of env has loaded it, on the meaning's
// architectures. Where no filter can, it answers more strictly, and the record says where.
//
// Rules have the operators EQ and MASKED_EQ, which every libseccomp compiles right, and LT, GE and NE in the one shape in which it
// does, where the others would be too many. No rule names an argument twice, rules of one call hold for no call in common,
// none answers as the default does, and int arguments are masked to their width. The result depends on nothing but
// meaning and environment.
//
// The filter is read again before it is returned. An error says that it would be weaker than the meaning, and shows a call.
func Emit(m Meaning, env Env) (*specs.LinuxSeccomp, Record, error) {
	if m.abi(env.Native) == nil {
		return nil, Record{}, fmt.Errorf("emit filter: it kills every call of the native architecture %q", env.Native)
	}
	env.Budget = env.Budget.withDefaults()
	e := &emitter{m: m, env: env, budget: map[string]bool{}, separated: map[string]bool{}}
	e.collect()
	e.chooseDefault()
	e.dropErrno()
	e.chooseNames()
	highest := e.highest()
	for _, t := range e.targets {
		if err := e.fold(t, highest); err != nil {
			return nil, Record{}, fmt.Errorf("emit filter: %w", err)
		}
	}
	if err := e.separate(); err != nil {
		return nil, Record{}, fmt.Errorf("emit filter: %w", err)
	}
	e.multiplex()
	e.prelude()
	f := e.write()
	rec, err := e.check(f)
	if err != nil {
		return nil, rec, fmt.Errorf("emit filter: %w", err)
	}
	return f, rec, nil
}

// Canonical returns the filter that Emit writes for what a filter means: one form for all filters that mean the same.
func Canonical(f *specs.LinuxSeccomp, env Env) (*specs.LinuxSeccomp, Record, error) {
	m, _, err := Read(f, env)
	if err != nil {
		return nil, Record{}, err
	}
	return Emit(m, env)
}

// emitter is the state of one Emit.
type emitter struct {
	m        Meaning
	env      Env
	fallback answer
	spelled  answer // the default that rules have to spell out because its errno is dropped, or none
	inverted bool
	targets  []*target // by name
	// Names of calls that were made stricter.
	budget, separated map[string]bool
}

// target is a name, and what it has to answer on each ABI.
type target struct {
	name    string
	at      []placed
	carried bool          // through a multiplexer, where there is one
	named   bool          // there will be rules for it
	out     tree          // what the rules say
	native  []conjunction // the rules, where they are not the cubes of that
}

// muxed reports whether libseccomp makes further rules of those for the call, or adds some to them.
func (t *target) muxed() bool {
	return t.carried || slices.ContainsFunc(multiplexers[:], func(m multiplexer) bool { return m.name == t.name })
}

// placed is a target on one ABI, that of a position in the meaning.
type placed struct {
	abi   int
	nr    uint32
	known bool
	tree
}

// collect lists all names of the meaning's ABIs.
func (e *emitter) collect() {
	byName := map[string]*target{}
	for i := range e.m.abis {
		a := &e.m.abis[i]
		for _, name := range a.table.Names() {
			t := byName[name]
			if t == nil {
				t = &target{name: name}
				_, _, t.carried = through(name)
				byName[name] = t
				e.targets = append(e.targets, t)
			}
			nr, _ := a.table.Number(name)
			known := e.env.Vocabulary == nil || e.env.Vocabulary.Knows(a.arch, name)
			t.at = append(t.at, placed{i, uint32(nr), known, a.at(uint32(nr))})
		}
	}
	slices.SortFunc(e.targets, func(x, y *target) int {
		switch {
		case x.name < y.name:
			return -1
		case x.name > y.name:
			return 1
		}
		return 0
	})
}

// chooseDefault takes the meaning's own default. Where that would leave open what cannot be named, it is ENOSYS.
func (e *emitter) chooseDefault() {
	e.fallback = none
	for _, a := range e.m.abis {
		e.fallback = min(e.fallback, a.steps[0].answer)
	}
	if e.fallback.class() != Denies {
		for _, a := range e.m.abis {
			for _, s := range a.steps {
				e.fallback = min(e.fallback, s.answer)
			}
		}
	}
	if e.fallback.class() == Denies {
		return
	}
	if e.fallback == rankNotify { // no runtime takes it as a default
		e.fallback, e.inverted = answerENOSYS, true
		return
	}
	for _, t := range e.targets {
		for _, p := range t.at {
			if !p.known && p.strictest() < e.fallback {
				e.fallback, e.inverted = answerENOSYS, true
				return
			}
		}
	}
}

// strictest returns the strictest answer of a function.
func (t tree) strictest() answer { return slices.Min(t.answers()) }

// answers returns all answers of a function, some of them twice.
func (t tree) answers() []answer {
	if t.constant() {
		return []answer{t.answer()}
	}
	var out []answer
	for _, n := range t.nodes {
		for _, r := range [...]ref{n.lo, n.hi} {
			if r.leaf() {
				out = append(out, r.answer())
			}
		}
	}
	return out
}
