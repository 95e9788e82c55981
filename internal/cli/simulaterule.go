package cli

import (
	"fmt"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/bpf"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// The words for what decided.
const (
	byRule    = "rule"
	byDefault = "default"
	// byHighest: runc answers ENOSYS above the highest number that the filter names.
	byHighest = "highest number"
	byFilter  = "filter"
	// byNormalising: no rule of the profile says so, but the filter that is made from it.
	byNormalising = "normalising"
	byNone        = "no filter"
)

// decider is what decided about a call.
type decider struct {
	By string `json:"by"`
	// Index is that of the rule in the profile, from 0, or of the filter in the process, the oldest being 0.
	Index *int `json:"index,omitempty"`
	// Line is where the rule stands in its file.
	Line int `json:"line,omitempty"`
}

// String returns the decider as in "rule 3 (line 12)". People count rules and filters from 1.
func (d decider) String() string {
	switch {
	case d.Line > 0:
		return fmt.Sprintf("%s %d (line %d)", d.By, *d.Index+1, d.Line)
	case d.Index != nil:
		return fmt.Sprintf("%s %d", d.By, *d.Index+1)
	case d.By == byHighest:
		return "above the highest number that it names"
	}
	return d.By
}

// question is a call on one ABI, and the answer to it.
type question struct {
	arch   specs.Arch
	call   string
	args   [6]uint64
	answer algebra.Answer
}

// decided finds what in a profile decided. Of several rules that say the same it is the one without conditions, as runtimes
// drop the others for it, and else the first.
func decided(p *profile.Profile, target profile.Target, env algebra.Env, q question) (decider, error) {
	env.Stub = false // one rule alone has another highest number
	alone := func(rules []profile.Rule) (algebra.Answer, bool, error) {
		one := *p
		one.Rules = rules
		f, err := one.Resolve(target)
		if err != nil || len(f.Syscalls) < len(rules) {
			return algebra.Answer{}, false, err
		}
		m, _, err := algebra.Read(f, env)
		if err != nil {
			return algebra.Answer{}, false, err
		}
		a, ok := m.EvaluateName(q.arch, q.call, q.args)
		return a, ok, nil
	}
	fallback, _, err := alone(nil)
	if err != nil {
		return decider{}, err
	}
	found := -1
	for i := range p.Rules {
		a, ok, err := alone(p.Rules[i : i+1])
		if err != nil {
			return decider{}, err
		}
		always := len(p.Rules[i].Args) == 0
		if ok && a == q.answer && a != fallback && (found < 0 || always && len(p.Rules[found].Args) > 0) {
			found = i
		}
	}
	switch {
	case found >= 0:
		return decider{By: byRule, Index: &found, Line: p.Rules[found].Line}, nil
	case q.answer == fallback:
		return decider{By: byDefault}, nil
	case q.answer.Action == specs.ActErrno && syscalls.ErrnoName(q.answer.Errno) == "ENOSYS":
		return decider{By: byHighest}, nil
	}
	return decider{By: byNormalising}, nil
}

// decidedHeld finds the filter that decided: the newest of those that give the answer, as the kernel takes its errno.
func decidedHeld(stack []bpf.Program, q question) (decider, error) {
	if len(stack) == 0 {
		return decider{By: byNone}, nil
	}
	for i := len(stack) - 1; i >= 0; i-- {
		m, err := bpf.Meaning(stack[i:i+1], bpf.Exact)
		if err != nil {
			return decider{}, err
		}
		if a, ok := m.EvaluateName(q.arch, q.call, q.args); ok && a == q.answer {
			return decider{By: byFilter, Index: &i}, nil
		}
	}
	return decider{By: byDefault}, nil
}
