// Package profile is what an author of seccomp rules wrote, in any dialect, and its resolution to a filter for one host and one workload.
//
// A Profile is inert: reading one touches neither the kernel nor the clock, and Resolve returns a new value. The package
// reads JSON; YAML and files are read by its sub-package profilefile, so that programs that only resolve stay small.
package profile

import (
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/workload"
)

// Dialect is the form in which a profile was written.
type Dialect string

// The dialects. OCI is linux.seccomp of the runtime specification; Docker adds archMap, includes, excludes, comment and
// the older name; Podman adds errno and defaultErrno as names; SPO is the SeccompProfile object of the Security Profiles
// Operator; Inline is a profile written in a policy, on top of another one.
const (
	OCI    Dialect = "oci"
	Docker Dialect = "docker"
	Podman Dialect = "podman"
	SPO    Dialect = "spo"
	Inline Dialect = "inline"
)

// Profile is one profile as its author wrote it. It survives JSON unchanged.
type Profile struct {
	// Dialect is the one that its text was in. It does not change what the profile means.
	Dialect Dialect `json:"dialect"`
	// Name is the file or the built-in that it came from, for messages.
	Name string `json:"name,omitempty"`
	// Base names the profile that this one is joined to; "" once Join has done so.
	Base string `json:"base,omitempty"`

	DefaultAction   specs.LinuxSeccompAction `json:"defaultAction"`
	DefaultErrnoRet *uint                    `json:"defaultErrnoRet,omitempty"`
	Architectures   []specs.Arch             `json:"architectures,omitempty"`
	// ArchMap gives the architectures by native one, instead of Architectures.
	ArchMap []ArchMap `json:"archMap,omitempty"`
	// Flags that are nil were not written, which runtimes read as SPEC_ALLOW; empty ones were written as none.
	Flags            []specs.LinuxSeccompFlag `json:"flags,omitzero"`
	ListenerPath     string                   `json:"listenerPath,omitempty"`
	ListenerMetadata string                   `json:"listenerMetadata,omitempty"`
	Rules            []Rule                   `json:"rules,omitempty"`

	// Findings are what its author should know and that is no error.
	Findings []Finding `json:"findings,omitempty"`
}

// ArchMap lists the architectures of a filter for hosts of one native architecture.
type ArchMap struct {
	Architecture     specs.Arch   `json:"architecture"`
	SubArchitectures []specs.Arch `json:"subArchitectures,omitempty"`
}

// Rule is one action for some calls, under conditions on their arguments and on where the filter is used.
type Rule struct {
	Names    []string                 `json:"names"`
	Action   specs.LinuxSeccompAction `json:"action"`
	ErrnoRet *uint                    `json:"errnoRet,omitempty"`
	Args     []specs.LinuxSeccompArg  `json:"args,omitempty"`
	// Includes must all hold for the rule to be used; of Excludes none may.
	Includes *Condition `json:"includes,omitempty"`
	Excludes *Condition `json:"excludes,omitempty"`
	Comment  string     `json:"comment,omitempty"`
	// Line is where the rule starts in its file; 0 if it has none.
	Line int `json:"line,omitempty"`
}

// Condition is about the host and the workload. Its zero parts say nothing.
type Condition struct {
	// Capabilities: Includes wants every one in the workload's bounding set, Excludes any.
	Capabilities workload.Capabilities `json:"caps,omitempty"`
	// Arches are in Docker's words, as "amd64" and "x86"; one of them is the native one.
	Arches []string `json:"arches,omitempty"`
	// MinKernel is the kernel that is at least this one.
	MinKernel *host.Version `json:"minKernel,omitempty"`
}

// Gated reports whether some rule depends on capabilities: without knowing them the profile cannot be resolved.
func (p *Profile) Gated() bool {
	for _, r := range p.Rules {
		if r.Includes != nil && r.Includes.Capabilities != 0 || r.Excludes != nil && r.Excludes.Capabilities != 0 {
			return true
		}
	}
	return false
}

// Supervised reports whether some call is answered by another process (SCMP_ACT_NOTIFY, SCMP_ACT_TRACE), so that what it
// may do is not decided by the profile.
func (p *Profile) Supervised() bool {
	if supervised(p.DefaultAction) {
		return true
	}
	for _, r := range p.Rules {
		if supervised(r.Action) {
			return true
		}
	}
	return false
}

func supervised(a specs.LinuxSeccompAction) bool {
	return a == specs.ActNotify || a == specs.ActTrace
}
