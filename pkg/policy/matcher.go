package policy

import (
	"fmt"

	"github.com/seccompd/seccompd/pkg/workload"
)

// matcher is a compiled Match.
type matcher struct {
	conditions []condition
	except     []condition
}

func compileMatch(m *Match) (matcher, error) {
	var out matcher
	var err error
	if out.conditions, err = conditions(m, ""); err != nil {
		return out, err
	}
	if m.Except != nil {
		if out.except, err = conditions(m.Except, "except."); err != nil {
			return out, fmt.Errorf("compile except: %w", err)
		}
	}
	return out, nil
}

// eval says whether a workload matches and, where that cannot be told, because of which field. A sink receives the answer
// of every condition; without one, evaluation stops at the first that settles the matter, which changes no answer.
func (m *matcher) eval(w *workload.Workload, sink *[]FieldAnswer) (Truth, Field) {
	result, because := conjunction(m.conditions, w, sink)
	if len(m.except) == 0 || (result == False && sink == nil) {
		return result, because
	}
	except, exceptBecause := conjunction(m.except, w, sink)
	if result == True && except == Unknown {
		because = exceptBecause
	}
	return result.And(except.Not()), because
}

// conjunction returns the AND of conditions, and the first whose answer is unknown.
func conjunction(list []condition, w *workload.Workload, sink *[]FieldAnswer) (Truth, Field) {
	result, because := True, Field("")
	for i := range list {
		t := list[i].holds(w)
		if sink != nil {
			*sink = append(*sink, FieldAnswer{Field: list[i].name, Answer: t})
		}
		if t == Unknown && because == "" {
			because = list[i].name
		}
		result = result.And(t)
		if result == False && sink == nil {
			break
		}
	}
	return result, because
}
