package workload

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"slices"
)

// A small set of named members, as bits. It is written to JSON as the list of the members' names.

// Requests is a set of seccomp requests that a workload may have made. Doors that cannot tell which one was made name
// every one that it can have been.
type Requests uint8

// The requests, in the words of a pod's securityContext.seccompProfile. RequestUnset is a workload that names none.
const (
	RequestRuntimeDefault Requests = 1 << iota
	RequestLocalhost
	RequestUnconfined
	RequestUnset
	// AnyRequest is the set of all: nothing is known about the request.
	AnyRequest = RequestRuntimeDefault | RequestLocalhost | RequestUnconfined | RequestUnset
)

var requestNames = []string{"RuntimeDefault", "Localhost", "Unconfined", "Unset"}

// RequestNamed returns the set with the one request of that name.
func RequestNamed(name string) (Requests, bool) {
	b, ok := bitNamed(requestNames, name)
	return Requests(b), ok
}

// RequestNames lists the names of all requests.
func RequestNames() []string { return slices.Clone(requestNames) }

// Known reports whether the set has exactly one member: what was requested is known.
func (r Requests) Known() bool { return bits.OnesCount8(uint8(r)) == 1 }

// Names lists the members.
func (r Requests) Names() []string { return namesOf(requestNames, uint64(r)) }

// String joins the members with "|".
func (r Requests) String() string { return join(requestNames, uint64(r)) }

// MarshalJSON writes the list of the members' names.
func (r Requests) MarshalJSON() ([]byte, error) { return json.Marshal(r.Names()) }

// UnmarshalJSON reads a list of names and refuses unknown ones.
func (r *Requests) UnmarshalJSON(data []byte) error {
	b, err := unmarshalBits(requestNames, "request", data)
	*r = Requests(b)
	return err
}

// Kinds is a set of kinds that a container may be of.
type Kinds uint8

// The kinds. KindContainer is a regular container; sandboxes are the pause containers of pods.
const (
	KindContainer Kinds = 1 << iota
	KindInit
	KindEphemeral
	KindSandbox
	// AnyKind is the set of all.
	AnyKind = KindContainer | KindInit | KindEphemeral | KindSandbox
)

var kindNames = []string{"container", "init", "ephemeral", "sandbox"}

// KindNamed returns the set with the one kind of that name.
func KindNamed(name string) (Kinds, bool) {
	b, ok := bitNamed(kindNames, name)
	return Kinds(b), ok
}

// KindNames lists the names of all kinds.
func KindNames() []string { return slices.Clone(kindNames) }

// Names lists the members.
func (k Kinds) Names() []string { return namesOf(kindNames, uint64(k)) }

// String joins the members with "|".
func (k Kinds) String() string { return join(kindNames, uint64(k)) }

// MarshalJSON writes the list of the members' names.
func (k Kinds) MarshalJSON() ([]byte, error) { return json.Marshal(k.Names()) }

// UnmarshalJSON reads a list of names and refuses unknown ones.
func (k *Kinds) UnmarshalJSON(data []byte) error {
	b, err := unmarshalBits(kindNames, "kind of container", data)
	*k = Kinds(b)
	return err
}

// HostNamespaces is the set of the host's namespaces that a container shares.
type HostNamespaces uint8

// The namespaces of namespaces(7) that a container can share with its host.
const (
	HostPID HostNamespaces = 1 << iota
	HostNetwork
	HostIPC
	HostUTS
	HostUser
	HostCgroup
	HostMount
)

var hostNamespaceNames = []string{"pid", "network", "ipc", "uts", "user", "cgroup", "mount"}

// HostNamespaceNamed returns the set with the one namespace of that name.
func HostNamespaceNamed(name string) (HostNamespaces, bool) {
	b, ok := bitNamed(hostNamespaceNames, name)
	return HostNamespaces(b), ok
}

// HostNamespaceNames lists the names of all.
func HostNamespaceNames() []string { return slices.Clone(hostNamespaceNames) }

// Names lists the members.
func (h HostNamespaces) Names() []string { return namesOf(hostNamespaceNames, uint64(h)) }

// String joins the members with "|".
func (h HostNamespaces) String() string { return join(hostNamespaceNames, uint64(h)) }

// MarshalJSON writes the list of the members' names.
func (h HostNamespaces) MarshalJSON() ([]byte, error) { return json.Marshal(h.Names()) }

// UnmarshalJSON reads a list of names and refuses unknown ones.
func (h *HostNamespaces) UnmarshalJSON(data []byte) error {
	b, err := unmarshalBits(hostNamespaceNames, "host namespace", data)
	*h = HostNamespaces(b)
	return err
}

func bitNamed(names []string, name string) (uint64, bool) {
	i := slices.Index(names, name)
	if i < 0 {
		return 0, false
	}
	return 1 << i, true
}

func namesOf(names []string, set uint64) []string {
	out := make([]string, 0, bits.OnesCount64(set))
	for i, n := range names {
		if set&(1<<i) != 0 {
			out = append(out, n)
		}
	}
	return out
}

func join(names []string, set uint64) string {
	s := ""
	for _, n := range namesOf(names, set) {
		if s != "" {
			s += "|"
		}
		s += n
	}
	return s
}

func unmarshalBits(names []string, what string, data []byte) (uint64, error) {
	var list []string
	if err := json.Unmarshal(data, &list); err != nil {
		return 0, fmt.Errorf("decode %s: %w", what, err)
	}
	var set uint64
	for _, n := range list {
		b, ok := bitNamed(names, n)
		if !ok {
			return 0, fmt.Errorf("decode %s: no %s is named %q", what, what, n)
		}
		set |= b
	}
	return set, nil
}
