package enforce

import (
	"github.com/seccompd/seccompd/pkg/algebra"
)

// logging makes the outcome of a draft that is to log more than a base, and to deny nothing more. Where no filter can say that,
// the container gets the base: its own filter untouched, unless something is binding.
func (e *Engine) logging(req Request, base, logged draft, f floor, binding bool) (Outcome, *Refusal) {
	out := Outcome{Profile: CurrentProfile, Effective: req.Current.Filter}
	if binding {
		var refusal *Refusal
		if out, refusal = e.install(req, base, f); refusal != nil {
			return Outcome{}, refusal
		}
	}
	if logged.state != CurrentFilter || logged.text != nil {
		return out, nil
	}
	t := e.target(req)
	if !binding {
		t.Vocabulary = nil // it knows the names of the container's own filter or not, here as there
	}
	for _, rt := range t.runtimes {
		if !rt.Seccomp && out.Effective == nil {
			return out.noted("nothing is logged: " + rt.Name + " " + rt.Version + " is not known to load filters, and starts no container with one"), nil
		}
	}
	s, rec, err := algebra.Emit(logged.Meaning, t.Env)
	if err != nil {
		return out.noted("nothing is logged: " + err.Error()), nil
	}
	if call, ok := denied(rec.Tighter); ok {
		return out.noted("nothing is logged: the filter that logs would deny " + call.String()), nil
	}
	s = t.usable(s)
	if err := e.proved(req, logged, f, s, t); err != nil {
		return out.noted("nothing is logged: " + err.Error()), nil
	}
	out.Install, out.Effective = s, s
	return out, nil
}

// denied returns a call that a filter denies and its meaning does not, of those that a kernel would carry out.
func denied(tighter []algebra.Witness) (algebra.Call, bool) {
	for _, w := range tighter {
		if algebra.Unimplemented(w.Name) {
			continue
		}
		if w.A.Class() == algebra.Denies && w.B.Class() != algebra.Denies {
			return w.Call, true
		}
	}
	return algebra.Call{}, false
}

// noted returns an outcome with one note more.
func (o Outcome) noted(note string) Outcome {
	if note != "" {
		o.Notes = append(o.Notes[:len(o.Notes):len(o.Notes)], note)
	}
	return o
}
