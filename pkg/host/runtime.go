package host

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/opencontainers/runtime-spec/specs-go/features"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

// Runtime is an OCI runtime, as it describes itself.
type Runtime struct {
	// Name is what it calls itself: "runc", "crun".
	Name string `json:"name"`
	// Path is where it was found.
	Path string `json:"path,omitempty"`
	// Version is its version, as in "1.5.2".
	Version string `json:"version"`
	// Seccomp says that it was built to install filters.
	Seccomp bool `json:"seccomp"`
	// Libseccomp is the version of the libseccomp that it uses, as in "2.5.4". Empty: not known.
	Libseccomp string `json:"libseccomp,omitempty"`
	// Names are calls newer than that version, found in the library itself: distributions add them.
	Names []string `json:"names,omitempty"`
	// Actions, Operators and Arches are what it accepts in a profile. Nil: it does not say.
	Actions   []specs.LinuxSeccompAction   `json:"actions,omitempty"`
	Operators []specs.LinuxSeccompOperator `json:"operators,omitempty"`
	Arches    []specs.Arch                 `json:"arches,omitempty"`
	// Flags are the filter flags that it accepts on this machine. Where FlagsKnown is false it may accept others.
	Flags      []specs.LinuxSeccompFlag `json:"flags,omitempty"`
	FlagsKnown bool                     `json:"flagsKnown"`
}

// libseccompAnnotation is the annotation of `features` that runc and crun put their libseccomp's version in.
const libseccompAnnotation = "io.github.seccomp.libseccomp.version"

// Vocabulary returns the names that the runtime's libseccomp certainly knows, and false where nothing is known of it.
func (r Runtime) Vocabulary() (syscalls.Vocab, bool) {
	v, ok := syscalls.Vocabulary(r.Libseccomp)
	if !ok {
		return v, false
	}
	return v.With(r.Names...), true
}

// ParseRuntime reads what a runtime printed for --version and for features. The second is empty for runtimes that have no
// such command: runc before 1.1, crun before 1.9.
func ParseRuntime(version, feats []byte) (Runtime, error) {
	lines := strings.Split(string(version), "\n")
	first := strings.Fields(lines[0])
	if len(first) < 3 || first[1] != "version" {
		return Runtime{}, fmt.Errorf("parse version of runtime: %.80q is not NAME version NUMBER", lines[0])
	}
	r := Runtime{Name: first[0], Version: first[2]}
	for _, line := range lines[1:] {
		if v, ok := strings.CutPrefix(line, "libseccomp: "); ok {
			r.Libseccomp, r.Seccomp = strings.TrimSpace(v), true
		}
		if strings.HasPrefix(line, "+") && strings.Contains(line+" ", "+SECCOMP ") {
			r.Seccomp = true
		}
	}
	if len(feats) == 0 {
		r.Flags, r.FlagsKnown = flagsUnsaid(r.Name, r.Version)
		return r, nil
	}
	return r, r.readFeatures(feats)
}

// readFeatures adds what features says.
func (r *Runtime) readFeatures(text []byte) error {
	var f features.Features
	if err := json.Unmarshal(text, &f); err != nil {
		return fmt.Errorf("parse features of %s: %w", r.Name, err)
	}
	if v := f.Annotations[libseccompAnnotation]; v != "" {
		r.Libseccomp = v
	}
	if f.Linux == nil || f.Linux.Seccomp == nil {
		r.Flags, r.FlagsKnown = flagsUnsaid(r.Name, r.Version)
		return nil
	}
	s := f.Linux.Seccomp
	r.Seccomp = s.Enabled != nil && *s.Enabled
	r.Actions = convert[specs.LinuxSeccompAction](s.Actions)
	r.Operators = convert[specs.LinuxSeccompOperator](s.Operators)
	r.Arches = convert[specs.Arch](s.Archs)
	if s.SupportedFlags == nil {
		r.Flags, r.FlagsKnown = flagsUnsaid(r.Name, r.Version)
		return nil
	}
	r.Flags, r.FlagsKnown = convert[specs.LinuxSeccompFlag](s.SupportedFlags), true
	return nil
}

// flagsUnsaid returns the flags of a runtime that does not list them. runc lists them since 1.2, the release that accepts
// any: 1.1 fails on every flag. crun 1.8.1 has no features command and accepts three on every kernel since 4.17.
func flagsUnsaid(name, version string) ([]specs.LinuxSeccompFlag, bool) {
	switch v, err := ParseVersion(version); {
	case name == "runc":
		return nil, true
	case name == "crun" && err == nil && v.AtLeast(Version{Major: 1, Minor: 8}):
		return []specs.LinuxSeccompFlag{"SECCOMP_FILTER_FLAG_TSYNC", specs.LinuxSeccompFlagSpecAllow, specs.LinuxSeccompFlagLog}, true
	}
	return nil, false
}

// convert changes the type of the strings of a list, and keeps nil.
func convert[T ~string](list []string) []T {
	if list == nil {
		return nil
	}
	out := make([]T, len(list))
	for i, s := range list {
		out[i] = T(s)
	}
	return out
}
