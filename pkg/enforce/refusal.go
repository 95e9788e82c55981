package enforce

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seccompd/seccompd/pkg/policy"
)

// maxMessage is the length in bytes of the longest refusal: engines and runtimes cut longer lines.
const maxMessage = 512

// Reason is why a container was refused, as one of a few words that metrics count by.
type Reason string

// The reasons.
const (
	// ReasonRule: a rule with the action refuse matched.
	ReasonRule Reason = "rule"
	// ReasonUndecidable: what decides was not known at this door.
	ReasonUndecidable Reason = "undecidable"
	// ReasonProfile: the profile could not be made into a filter for this workload.
	ReasonProfile Reason = "profile"
	// ReasonCurrent: the filter that the workload asks for cannot be read, and something is to be combined with it.
	ReasonCurrent Reason = "current"
	// ReasonFloor: the floor cannot be met with the workload's filter.
	ReasonFloor Reason = "floor"
	// ReasonBudget: the filter has too many conditions, and the policy says to refuse such.
	ReasonBudget Reason = "budget"
	// ReasonUnproved: the filter that was computed is not shown to do what it has to.
	ReasonUnproved Reason = "unproved"
	// ReasonInternal: a fault of our own.
	ReasonInternal Reason = "internal"
)

// Refusal is the error of Enforce: the container must not be created.
type Refusal struct {
	ID string
	// Rule is the rule that decided, or could not be decided; "" where none has a part in it.
	Rule   string
	Reason Reason
	// Message says why, in the policy's words or ours, and how to get the container running.
	Message  string
	Decision policy.Decision
}

// Error returns one line of at most 512 bytes with the rule, the reason and the id. Control characters are replaced.
func (r *Refusal) Error() string {
	tail := string(r.Reason) + ", id " + r.ID + "]"
	if r.Rule != "" {
		tail = "rule " + oneLine(r.Rule) + ", " + tail
	}
	tail = " [" + tail
	head := "seccompd refused the container: " + oneLine(r.Message)
	if limit := maxMessage - len(tail); len(head) > limit {
		head = truncate(head, max(limit-len("…"), 0)) + "…"
	}
	return truncate(head+tail, maxMessage)
}

// oneLine replaces what could break out of a line or drive a terminal: control and formatting characters, and bytes that
// are not UTF-8.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsGraphic(r) {
			return '?'
		}
		return r
	}, s)
}

// truncate cuts at a rune's start.
func truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func refuse(reason Reason, message string) *Refusal {
	return &Refusal{Reason: reason, Message: message}
}
