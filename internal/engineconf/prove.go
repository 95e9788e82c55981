package engineconf

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing in containerd's configuration that keeps seccompd from doing what the mode promises.
type Problem struct {
	Key  string // the key that says so
	Text string
}

func (p *Problem) Error() string { return p.Text }

// Prove returns nil where a state is what the mode promises, and else a *Problem. What it proves of containerd's files holds
// from the next start of containerd on.
func (s State) Prove(mode Mode) error {
	if mode != Enforce && s.requires() {
		return &Problem{"required_plugins", "containerd requires seccompd (required_plugins) in a file that is not ours: take it out there"}
	}
	if mode == Off {
		return nil
	}
	switch {
	case s.disabledNRI:
		return &Problem{"disabled_plugins", "containerd's disabled_plugins lists " + nriPlugin + ", which no drop-in can take back: remove it there"}
	case !s.NRI:
		return &Problem{"disable", "containerd has NRI switched off (disable = true)"}
	case !s.Connections && s.PreRegistered == "":
		return &Problem{"disable_connections", fmt.Sprintf("containerd lets no plugin connect (disable_connections = true), and %s holds no NN-%s: change one of them", s.PluginPath, pluginName)}
	}
	if mode == Audit {
		return nil
	}
	bad := slices.DeleteFunc(slices.Clone(s.Rejects), func(key string) bool { return !slices.Contains(rejectSeccomp, key) })
	switch {
	case !s.Validator:
		return &Problem{"enable", "containerd's default_validator is off, so required_plugins has no effect"}
	case !s.requires():
		return &Problem{"required_plugins", "containerd's required_plugins does not list " + pluginName + ": add it there"}
	case s.ToleratedBy != "":
		return tolerated(s.ToleratedBy)
	case len(bad) > 0:
		return &Problem{bad[0], "containerd's default_validator refuses what seccompd does: switch off " + strings.Join(bad, ", ")}
	}
	return nil
}

func tolerated(annotation string) *Problem {
	return &Problem{"tolerate_missing_plugins_annotation", fmt.Sprintf("tolerate_missing_plugins_annotation = %q lets the author of any pod go round required_plugins: empty it", annotation)}
}

// notes says what a person should know of a state that is brought into mode.
func (s State) notes(mode Mode) []string {
	var notes []string
	if !s.CRI {
		notes = append(notes, "containerd's CRI plugin is in disabled_plugins: no container of this containerd reaches seccompd over NRI")
	}
	if s.SocketPath != "/var/run/nri/nri.sock" && s.SocketPath != "/run/nri/nri.sock" {
		notes = append(notes, fmt.Sprintf("containerd's NRI socket is %s: start seccompd with --nri-socket %s", s.SocketPath, s.SocketPath))
	}
	if !s.NRI {
		notes = append(notes, "NRI was switched off and will be on: other plugins may connect too")
	}
	if mode == Enforce && !s.Validator {
		notes = append(notes, "containerd's default_validator was off and will be on: a pod's own annotation for required plugins takes effect")
	}
	return notes
}
