package profile

import (
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/internal/document"
)

// maxCompared is how many rules of a call each later one is compared with, against files made to take long. Validate finds
// what a container would not start with, however many there are.
const maxCompared = 256

// checkListener refuses what keeps a container from starting: a listener that nobody would use, or the lack of one.
func (d *decoder) checkListener() {
	var notify *document.Node
	for i, r := range d.p.Rules {
		if r.Action != specs.ActNotify {
			continue
		}
		notify = d.at.rules[i]
		for j, name := range r.Names {
			if name == "write" {
				d.RuleErrorf(RuleNotify, d.at.names[i][j], "runc refuses it: it hands over the listener with that call", "SCMP_ACT_NOTIFY cannot stand on write")
			}
		}
	}
	switch {
	case notify != nil && d.p.ListenerPath == "":
		d.RuleErrorf(RuleNotify, notify, "name the agent's socket", "SCMP_ACT_NOTIFY needs listenerPath: without it the container does not start")
	case notify == nil && d.p.ListenerPath != "":
		d.RuleErrorf(RuleNotify, d.at.listener, "remove it", "listenerPath without a rule of SCMP_ACT_NOTIFY: the container does not start")
	case d.p.ListenerPath == "" && d.p.ListenerMetadata != "":
		d.RuleErrorf(RuleNotify, d.at.metadata, "remove it", "listenerMetadata without listenerPath is for nobody")
	}
	for i, f := range d.p.Flags {
		if f == specs.LinuxSeccompFlagWaitKillableRecv && notify == nil {
			d.RuleErrorf(RuleNotify, d.at.flags.Items[i], "remove it", "%s needs a rule of SCMP_ACT_NOTIFY: seccomp(2) refuses it", f)
		}
	}
}

// checkPairs looks at rules for the same call. Runtimes do not read them as a list: an unconditional rule makes every
// other one for its call vanish, in silence, and one condition with two actions is an error of libseccomp (EEXIST).
// Rules that depend on host or workload may never meet, and are judged once they are resolved.
func (d *decoder) checkPairs() {
	first := map[string][]int{}
	for i, r := range d.p.Rules {
		if r.Includes != nil || r.Excludes != nil {
			continue
		}
		for j, name := range r.Names {
			for _, k := range first[name] {
				if d.pair(name, d.at.names[i][j], d.p.Rules[k], r) {
					break
				}
			}
			if len(first[name]) < maxCompared {
				first[name] = append(first[name], i)
			}
		}
	}
}

// pair judges two rules of a call, in the order of the file, and reports whether it had something to say.
func (d *decoder) pair(name string, at *document.Node, earlier, later Rule) bool {
	byDefault := verdictOf(d.p.DefaultAction, d.p.DefaultErrnoRet)
	a, b := verdictOf(earlier.Action, earlier.ErrnoRet), verdictOf(later.Action, later.ErrnoRet)
	switch {
	case a == b:
		return false
	case b == byDefault:
		d.found(RuleEqualsDefault, at, "narrow the other rule instead", "this rule for %s does nothing: its action is the default one, and line %d has another rule for it", name, earlier.Line)
	case a == byDefault:
		d.found(RuleEqualsDefault, at, "narrow this rule instead", "the rule for %s in line %d does nothing: its action is the default one, and this is another rule for it", name, earlier.Line)
	case len(earlier.Args) == 0:
		d.found(RuleShadowed, at, "narrow or remove the other rule", "this rule for %s never applies: the one in line %d is for all its calls", name, earlier.Line)
	case len(later.Args) == 0:
		d.found(RuleShadowed, at, "narrow or remove this rule", "this rule is for all calls of %s: the one in line %d never applies", name, earlier.Line)
	case argsKey(earlier.Args) == argsKey(later.Args):
		d.RuleErrorf(RuleSameCondition, at, "remove one of them", "%s has the same conditions in line %d with another action: the container would not start", name, earlier.Line)
	default:
		return false
	}
	return true
}
