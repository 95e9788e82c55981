package policy

import (
	"fmt"
	"strings"
)

// maxMessage leaves room for the rule's name and an id in a refusal, which is one line of at most 512 bytes.
const maxMessage = 256

func validateAction(r reporter, a Action, profile *ProfileRef, message string) {
	if a == "" {
		r.errorf("action", "one of "+joined(Actions()), "the action is missing")
		return
	}
	oneOf(r, "action", a, Actions())
	switch {
	case a.TakesProfile() && profile == nil:
		r.errorf("action", "add profile: {type: RuntimeDefault}", "action %s needs a profile", a)
	case !a.TakesProfile() && profile != nil && isWord(a, Actions()):
		r.errorf("profile", "fill, restrict and replace take one", "action %s takes no profile", a)
	}
	if profile != nil {
		validateProfile(r, profile)
	}
	switch {
	case message == "":
	case a != ActionRefuse && isWord(a, Actions()):
		r.errorf("message", "only refuse says something to the workload's owner", "action %s takes no message", a)
	case len(message) > maxMessage:
		r.errorf("message", "", "the message has %d bytes, more than the %d that fit into a refusal", len(message), maxMessage)
	case message != printableOnly(message):
		r.errorf("message", "write it on one line", "the message has characters that are not printable")
	}
}

func isWord[T ~string](w T, words []T) bool {
	for _, v := range words {
		if v == w {
			return true
		}
	}
	return false
}

// printableOnly is s without control characters and other things that are not text of one line.
func printableOnly(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c >= 0x80 && c < 0xa0 || c == '\u2028' || c == '\u2029' {
			return -1
		}
		return c
	}, s)
}

func validateFloor(r reporter, f *Floor) {
	oneOf(r, "mode", f.Mode, Modes())
	switch {
	case len(f.Deny) == 0 && f.Profile == nil:
		r.errorf("", `as in deny: ["pack:kexec"]`, "the floor denies nothing: it has neither deny nor profile")
	case len(f.Deny) > 0 && f.Profile != nil:
		r.errorf("profile", "keep one of them", "the floor has both deny and profile")
	}
	validateCalls(r, "deny", f.Deny)
	if n := len(f.Sometimes()); n > MaxTimed {
		r.errorf("deny", "write those that are always denied without times", "%d entries with times are more than the %d that a floor may have", n, MaxTimed)
	}
	for i, c := range f.Deny {
		if !c.Until.IsZero() && !c.AuditUntil.IsZero() && !c.AuditUntil.Before(c.Until) {
			r.errorf(fmt.Sprintf("deny[%d]", i), "it is logged, then denied, then open", "the entry ends before its audit does")
		}
	}
	if len(f.LeaveOpen) > 0 && f.Profile != nil {
		r.errorf("leaveOpen", "", "leaveOpen is about packs, and the floor is a profile")
	}
	if f.Profile != nil {
		validateProfile(r, f.Profile)
	}
}

func validateException(r reporter, e *Exception, rules []string) {
	validateMatch(r, &e.Match, false)
	switch {
	case len(e.Allow) == 0 && len(e.Skip) == 0:
		r.errorf("", "as in allow: [perf_event_open]", "the exception has neither allow nor skip")
	case len(e.Allow) > 0 && len(e.Skip) > 0:
		r.errorf("skip", "keep one of them", "the exception has both allow and skip")
	}
	validateCalls(r, "allow", e.Allow)
	notTimed(r, "allow", e.Allow)
	eachOneOf(r, "skip", e.Skip, append([]string{SkipFloor}, rules...))
	if e.Until.IsZero() {
		r.errorf("until", "as in until: 2026-12-01T00:00:00Z", "the exception does not say when it ends")
	}
	if e.Reason != printableOnly(e.Reason) {
		r.errorf("reason", "write it on one line", "the reason has characters that are not printable")
	}
}
