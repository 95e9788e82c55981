package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

func validateProfile(part reporter, p *ProfileRef) {
	r := part.in(p.Source)
	if p.Inline() || len(p.Allow)+len(p.Deny) > 0 {
		validateInline(r, p)
		return
	}
	switch p.Type {
	case "":
		r.errorf("", "as in {type: RuntimeDefault}", "the profile has neither type nor base")
	case TypeRuntimeDefault:
		if p.LocalhostProfile != "" {
			r.errorf("localhostProfile", "write type: Localhost", "type RuntimeDefault takes no localhostProfile")
		}
	case TypeLocalhost:
		if p.LocalhostProfile == "" {
			r.errorf("type", "as in {type: Localhost, localhostProfile: web.json}", "type Localhost needs a localhostProfile")
			return
		}
		validateProfileName(r, "localhostProfile", p.LocalhostProfile)
	case "Unconfined":
		r.errorf("type", "action: keep leaves a workload the filter that it has, or none", "a policy takes no filter away: type cannot be %q", p.Type)
	default:
		oneOf(r, "type", p.Type, []string{TypeRuntimeDefault, TypeLocalhost})
	}
}

func validateInline(r reporter, p *ProfileRef) {
	switch {
	case p.Base == "":
		r.errorf("", "as in {base: RuntimeDefault, allow: [keyctl]}", "allow and deny change a base, and the profile has none")
	case p.Base != TypeRuntimeDefault:
		validateProfileName(r, "base", p.Base)
	}
	if p.Type != "" || p.LocalhostProfile != "" {
		r.errorf("type", "keep one of them", "the profile has both a type and a base")
	}
	if len(p.Allow)+len(p.Deny) == 0 {
		r.errorf("base", "name the base itself as the profile", "the profile changes nothing in its base")
	}
	validateCalls(r, "allow", p.Allow)
	validateCalls(r, "deny", p.Deny)
	notTimed(r, "allow", p.Allow)
	notTimed(r, "deny", p.Deny)
	allowed := callKeys(p.Allow)
	for _, k := range callKeys(p.Deny) {
		if slices.Contains(allowed, k) {
			r.errorf("deny", "keep one of them", "%s is both allowed and denied", k)
		}
	}
}

// validateProfileName keeps names inside the profile directories; the store that opens them checks again.
func validateProfileName(r reporter, field, name string) {
	switch {
	case strings.HasPrefix(name, "/"):
		r.errorf(field, "name a file in the profile directories", "%s cannot be the absolute path %s", field, quote(name))
	case name != printableOnly(name) || strings.Contains(name, `\`):
		r.errorf(field, "", "%s cannot be %s", field, quote(name))
	default:
		for part := range strings.SplitSeq(name, "/") {
			if part == "" || part == "." || part == ".." {
				r.errorf(field, "name a file in the profile directories", "%s cannot be %s: it leads elsewhere", field, quote(name))
				return
			}
		}
	}
	if name == "runtime-default" || strings.EqualFold(name, TypeRuntimeDefault) && name != TypeRuntimeDefault {
		r.errorf(field, "write RuntimeDefault", "%s cannot be %s", field, quote(name))
	}
}

// notTimed finds times where only a floor has them.
func notTimed(r reporter, field string, calls []Call) {
	for i, c := range calls {
		if c.Timed() {
			r.errorf(fmt.Sprintf("%s[%d]", field, i), "entries of floor.deny have them", "an entry of %s has no auditUntil and no until", field)
		}
	}
}

func validateCalls(r reporter, field string, calls []Call) {
	for i, c := range calls {
		at := fmt.Sprintf("%s[%d]", field, i)
		if len(c.Names) == 0 {
			r.errorf(at, `as in {names: [socket], args: [{index: 0, op: EQ, value: 38}]}`, "an entry of %s names no system call", field)
		}
		for _, n := range c.Names {
			validateCallName(r, at, n)
		}
		seen := map[uint]bool{}
		for _, a := range c.Args {
			switch {
			case a.Index > 5:
				r.errorf(at, "", "a system call has arguments 0 to 5, not %d", a.Index)
			case seen[a.Index]:
				r.errorf(at, "write two entries for alternatives", "argument %d has two conditions, which runtimes read as alternatives", a.Index)
			}
			seen[a.Index] = true
			if a.Op == "" {
				r.errorf(at, "one of "+joined(Operators()), "a condition on argument %d has no op", a.Index)
			}
			validateOperator(r, at, a.Op)
			if a.ValueTwo != 0 && a.Op != OpMaskedEQ {
				r.errorf(at, "only MASKED_EQ has one: value is its mask and valueTwo its datum", "op %s takes no valueTwo", a.Op)
			}
		}
	}
}

func validateOperator(r reporter, at string, op Operator) {
	if short, ok := strings.CutPrefix(string(op), "SCMP_CMP_"); ok && isWord(Operator(short), Operators()) {
		r.errorf(at, "write "+short, "op cannot be %s", quote(string(op)))
		return
	}
	if op != "" && !isWord(op, Operators()) {
		r.errorf(at, "one of "+joined(Operators()), "op cannot be %s", quote(string(op)))
	}
}

func validateCallName(r reporter, at, name string) {
	if group, ok := strings.CutPrefix(name, GroupPrefix); ok {
		validateNamed(r, at, "group of system calls", GroupPrefix, group, GroupNames())
		return
	}
	if pack, ok := strings.CutPrefix(name, PackPrefix); ok {
		validateNamed(r, at, "pack", PackPrefix, pack, PackNames())
		return
	}
	g := newGlob(name, false)
	switch {
	case name == "":
		r.errorf(at, "", "the name of a system call is empty")
	case g.literal && !syscalls.Known(name):
		// A name that is near none may be a call newer than the tables: Check warns of it.
		if near := syscalls.Suggest(name); near != "" {
			r.of(profile.RuleSyscallTypo).errorf(at, "did you mean "+quote(near)+"?", "no system call is named %s", quote(name))
		} else if slices.Contains(PackNames(), name) {
			r.of(profile.RuleSyscallTypo).errorf(at, "the pack is written "+quote(PackPrefix+name), "no system call is named %s", quote(name))
		}
	case !g.literal && !matchesCall(&g):
		r.errorf(at, "", "%s matches no system call", quote(name))
	}
}

func validateNamed(r reporter, at, what, prefix, name string, names []string) {
	if slices.Contains(names, name) {
		return
	}
	hint := "one of " + strings.Join(names, ", ")
	if near := document.Closest(name, names); near != "" {
		hint = "did you mean " + quote(prefix+near) + "?"
	}
	r.errorf(at, hint, "no %s is named %s", what, quote(prefix+name))
}

func matchesCall(g *glob) bool {
	for _, arch := range syscalls.ABIs() {
		abi, _ := syscalls.Table(arch)
		if slices.ContainsFunc(abi.Names(), g.matchString) {
			return true
		}
	}
	return false
}
