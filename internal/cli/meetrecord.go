package cli

import (
	"strings"

	"github.com/seccompd/seccompd/pkg/algebra"
)

// sayRecord tells what the filter is, and where it is not the exact result.
func (c *console) sayRecord(verb string, a combineAnswer) {
	var stands []string
	for _, p := range a.Profiles {
		how := string(p.Verdict)
		switch p.Verdict {
		case algebra.Equal:
			how = "equal to"
		case algebra.Tighter, algebra.Looser:
			how += " than"
		case algebra.Incomparable:
			how += " with"
		}
		stands = append(stands, how+" "+p.Name)
	}
	c.say("%s: %s, default %s; %s", verb, plural(a.Record.Rules, "rule"), a.Record.Default, strings.Join(stands, ", "))
	if a.Record.Inverted {
		c.say("it denies by default, because the runtime's libseccomp does not know a call that is denied")
	}
	if n := len(a.Record.OverBudget); n > 0 {
		c.say("over the budget, and made stricter: %s", strings.Join(a.Record.OverBudget, ", "))
	}
	if n := len(a.Record.Separated); n > 0 {
		c.say("made stricter against a fault of libseccomp: %s", strings.Join(a.Record.Separated, ", "))
	}
	for _, list := range []struct {
		what  string
		calls []algebra.Witness
	}{{"stricter than the exact result", a.Record.Tighter}, {"denied with another answer than in the exact result", a.Record.Renumbered}} {
		if len(list.calls) > 0 {
			w := list.calls[0]
			c.say("%s: %s, as %s %s: %s, not %s", list.what, plural(len(list.calls), "call"), strings.TrimPrefix(string(w.Arch), "SCMP_ARCH_"), w.Call, w.A, w.B)
		}
	}
}
