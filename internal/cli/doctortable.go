package cli

import (
	"strings"

	"github.com/seccompd/seccompd/internal/coverage"
)

func (a *doctorAnswer) table(t *table) {
	if len(a.Engines) > 0 {
		t.row("ENGINE", "VERSION", "DOOR", "GUARDS", "HOW IT IS KNOWN")
	}
	for _, e := range a.Engines {
		name, version := e.Name, e.Version
		for _, d := range e.Doors {
			t.row(name, version, d.Name, string(d.State), d.How)
			name, version = "", ""
		}
	}
	t.gap()
	for _, r := range a.Host.Runtimes {
		t.row("runtime", r.Name+" "+r.Version, r.Path, "libseccomp "+or(r.Libseccomp, unknown))
	}
	t.end()
	t.row("kernel", a.Host.KernelRelease, "ABIs "+strings.Join(words(a.Host.ABIs), " "))
	t.row("policy", or(a.Policy, "in force"), a.enforcedText())
	if d := a.RuntimeDoor; d != nil && d.Error == "" {
		verify := "verifyStart " + map[bool]string{true: "on", false: "off"}[d.VerifyStart]
		t.row("door", d.Settings, verify+", containerdLookup "+or(d.ContainerdLookup, "off"))
		t.row("daemon", map[coverage.State]string{coverage.Yes: "answers the door", coverage.No: "does not answer the door", coverage.Unknown: unknown}[d.Answered], d.How)
	}
	if a.Probe != nil {
		t.row("probe", string(a.Probe.State), a.Probe.How)
	}
	t.gap()
	for _, f := range a.Findings {
		opening(t, "open", f)
	}
	if len(a.Findings) == 0 {
		t.line("all that was found is guarded")
	}
	if len(a.Notes) > 0 {
		t.gap()
	}
	for _, n := range a.Notes {
		t.line("note: %s", n.What)
		if n.Close != "" {
			t.line("  change it: %s", n.Close)
		}
	}
	t.gap()
	for _, o := range a.Always {
		opening(t, "always open", o)
	}
}

func (a *doctorAnswer) enforcedText() string {
	switch {
	case a.Enforced:
		return "enforced"
	case a.Policy == unreadable:
		return ""
	case a.Policy == noneInForce:
		return "a door that is in use creates no container"
	}
	return "nothing is enforced: what would be refused is created"
}

func opening(t *table, how string, o coverage.Opening) {
	t.line("%s: %s", how, o.What)
	if o.Close != "" {
		t.line("  close it: %s", o.Close)
	}
}
