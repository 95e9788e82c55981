package cli

import (
	"fmt"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/drift"
)

// exposedAnswer is what exposed says. docs/schemas/exposed.json describes its JSON form.
type exposedAnswer struct {
	Call string `json:"call"`
	*drift.Exposure
	Used usage `json:"used"`
}

func (a *exposedAnswer) table(t *table) {
	if len(a.Owners) == 0 {
		t.line("no container that runs can call %s", quoted(a.Call))
	} else {
		t.row("OWNER", "CONTAINER", "ID", "AGE", "CAN", "EXAMPLE OR REASON", "BY")
	}
	for _, o := range a.Owners {
		for _, c := range o.Containers {
			why := c.Reason
			if len(c.Calls) > 0 {
				why = c.Calls[0].Call.String()
				why += otherABI(c.Calls[0].Arch)
			}
			t.row(o.Owner, or(c.Name.Container, "-"), shortID(c.ID), age(c.Started, a.Time), string(c.Can), why, or(string(c.Basis), "-"))
		}
	}
	t.gap()
	t.line("%s", a.sum())
	if restart := a.restart(); restart != "" {
		t.line("%s", restart)
	}
	a.Used.table(t)
	for _, n := range a.Notes {
		t.line("note: %s", quoted(n))
	}
}

func (a *exposedAnswer) sum() string {
	can, unknown := 0, 0
	for _, o := range a.Owners {
		for _, c := range o.Containers {
			if c.Can == drift.CanYes {
				can++
			} else {
				unknown++
			}
		}
	}
	basis := "by their configurations"
	switch {
	case a.Kernel:
		basis = fmt.Sprintf("by the kernel, %d threads were stopped", a.Stopped)
	case a.Read > 0:
		basis = "by what the daemon has read, and by their configurations"
	}
	return fmt.Sprintf("%d can, %d cannot, %d not known (%s)", can, a.Closed, unknown, basis)
}

// restart says what to restart.
func (a *exposedAnswer) restart() string {
	var pods, others []string
	for _, o := range a.Owners {
		if o.Containers[0].Name.Pod != "" {
			pods = append(pods, o.Owner)
		} else {
			others = append(others, o.Owner)
		}
	}
	var parts []string
	for _, list := range []struct {
		what  string
		names []string
	}{{"delete the pods", pods}, {"create again", others}} {
		if len(list.names) > 0 {
			more := ""
			if n := len(list.names) - 16; n > 0 {
				more = fmt.Sprintf(" and %d more", n)
			}
			parts = append(parts, list.what+" "+strings.Join(list.names[:min(len(list.names), 16)], ", ")+more)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "to give them the filter of the policy in force: " + strings.Join(parts, "; ")
}

// otherABI says of which ABI a call is, where that is not the machine's own.
func otherABI(arch specs.Arch) string {
	if abi := strings.TrimPrefix(string(arch), "SCMP_ARCH_"); abi == "X86" || abi == "X32" || abi == "ARM" {
		return " (" + abi + ")"
	}
	return ""
}
