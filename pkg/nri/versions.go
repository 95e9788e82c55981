package nri

import (
	"fmt"

	"github.com/seccompd/seccompd/internal/version"
	"github.com/seccompd/seccompd/pkg/workload"
)

// Runtime is the engine at the other end, as it introduced itself.
type Runtime struct {
	// Name and Version are those of the engine ("containerd", "v2.4.2"), NRI the version of NRI that it was built with.
	Name    string `json:"name"`
	Version string `json:"version"`
	NRI     string `json:"nri"`
}

// String returns "containerd v2.4.2 (NRI v0.12.3)".
func (r Runtime) String() string {
	return fmt.Sprintf("%s %s (NRI %s)", text(r.Name), text(r.Version), text(r.NRI))
}

func text(s string) string {
	if s == "" {
		return "of unknown version"
	}
	return s
}

// reports says which inputs an engine hands on. What it does not hand on is unknown: a missing field of an older
// version says nothing of the container.
type reports struct {
	request bool // linux.seccomp_profile: what the container asked for
	current bool // linux.seccomp_policy: the filter that it would have
	user    bool
	image   bool
	// namespace is containerd's own that holds the containers of its CRI; CRI-O has no such thing.
	namespace workload.Attr[string]
}

// UnsupportedError is the error of an engine that cannot take a seccomp filter from a plugin.
type UnsupportedError struct {
	Found  Runtime
	Needed string
}

// Error names the version found and the one needed.
func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("%s cannot take seccomp adjustments: %s is needed", e.Found, e.Needed)
}

// anyEngine is what Needed says of an engine that we do not know.
const anyEngine = "an engine with NRI v0.10 or later"

// capabilities returns what an engine reports, and an *UnsupportedError if it cannot take our filters. The version of
// the engine decides where it is known, since it may be built with an NRI newer than what it fills in.
func (r Runtime) capabilities() (reports, error) {
	v, parsed := version.Parse(r.Version)
	nriVersion, nriParsed := version.Parse(r.NRI)
	switch {
	case r.Name == "containerd" && parsed:
		if v.Before(2, 2, 0) {
			return reports{}, &UnsupportedError{r, "containerd 2.2 or later"}
		}
		return reports{
			request: !v.Before(2, 2, 1),
			current: !v.Before(2, 3, 0),
			user:    !v.Before(2, 3, 0),
			image:   !v.Before(2, 4, 0),

			namespace: workload.Known("k8s.io"), // constants.K8sContainerdNamespace
		}, nil
	case r.Name == "cri-o" && parsed:
		if v.Before(1, 34, 0) {
			return reports{}, &UnsupportedError{r, "CRI-O 1.34 or later"}
		}
		return reports{user: !v.Before(1, 36, 0), namespace: workload.Absent[string]()}, nil
	case !nriParsed || nriVersion.Before(0, 10, 0):
		return reports{}, &UnsupportedError{r, anyEngine}
	}
	return reports{}, nil
}

// honoursFailurePolicy reports whether the engine refuses a container when we fail to answer: NRI 0.12.5 brought it.
func (r Runtime) honoursFailurePolicy() bool {
	v, ok := version.Parse(r.NRI)
	return ok && !v.Before(0, 12, 5)
}
