package policy

import "time"

// EntryState is what an entry of a floor does at some time.
type EntryState string

// The states of an entry, in the order in which it comes to them.
const (
	// EntryAudit: the call is only logged.
	EntryAudit EntryState = "audit"
	// EntryEnforce: the call is denied.
	EntryEnforce EntryState = "enforce"
	// EntryEnded: the entry is none any more.
	EntryEnded EntryState = "ended"
)

// EntryStates lists every state.
func EntryStates() []EntryState { return []EntryState{EntryAudit, EntryEnforce, EntryEnded} }

// EntryState says what an entry of the policy's floor does at a time.
func (p *Policy) EntryState(c Call, now time.Time) EntryState {
	switch {
	case !c.Until.IsZero() && !now.Before(c.Until):
		return EntryEnded
	case now.Before(c.AuditUntil) || p.FloorMode() == ModeAudit:
		return EntryAudit
	}
	return EntryEnforce
}
