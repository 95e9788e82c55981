package cli

import (
	"time"

	"github.com/seccompd/seccompd/pkg/policy"
)

// floorStatus is an entry of the floor that only logs, or of which the time comes or goes.
type floorStatus struct {
	Entry string            `json:"entry"`
	State policy.EntryState `json:"state"`
	// AuditUntil is when it is denied from, where that is set; Until when it ends.
	AuditUntil time.Time `json:"auditUntil,omitzero"`
	Until      time.Time `json:"until,omitzero"`
}

// floorOf lists the entries of a policy's floor that not simply deny.
func floorOf(p *policy.Policy, now time.Time) (out []floorStatus) {
	if p.Floor == nil {
		return nil
	}
	for _, c := range p.Floor.Deny {
		if s := p.EntryState(c, now); c.Timed() || s != policy.EntryEnforce {
			bare := c
			bare.AuditUntil, bare.Until = time.Time{}, time.Time{}
			out = append(out, floorStatus{entryText(bare), s, c.AuditUntil, c.Until})
		}
	}
	if p.Floor.Profile != nil && p.FloorMode() == policy.ModeAudit {
		out = append(out, floorStatus{Entry: "profile " + p.Floor.Profile.Name(), State: policy.EntryAudit})
	}
	return out
}

// text says what the entry does, and until when.
func (f floorStatus) text(mode policy.Mode) string {
	end := ""
	if !f.Until.IsZero() {
		end = ", until " + f.Until.UTC().Format(time.RFC3339)
	}
	switch {
	case f.State == policy.EntryEnded:
		return f.Entry + ", ended " + f.Until.UTC().Format(time.RFC3339)
	case f.State == policy.EntryEnforce:
		return f.Entry + ", denied" + end
	case mode == policy.ModeAudit:
		return f.Entry + ", only logged: the floor is in audit" + end
	}
	return f.Entry + ", only logged until " + f.AuditUntil.UTC().Format(time.RFC3339) + ", then denied" + end
}
