package workload

import (
	"encoding/json"
	"slices"
	"strings"
)

// Capabilities is a set of Linux capabilities, bit N standing for capability number N of capabilities(7).
type Capabilities uint64

// capabilityNames are the names of include/uapi/linux/capability.h by number, as OCI and Docker profiles spell them.
var capabilityNames = []string{
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID",
	"CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN",
	"CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE",
	"CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL",
	"CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND",
	"CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
}

// AllCapabilities is the set of every capability that this build has a name for (Linux 5.9 to at least 6.18).
const AllCapabilities = Capabilities(1<<41 - 1)

// DefaultCapabilities is the set that containerd's CRI, nerdctl and Docker give a container that asks for nothing.
// Source: oci/spec.go of containerd and daemon/pkg/oci/caps of moby; a test holds it equal to containerd's.
const DefaultCapabilities = Capabilities(1<<0 | 1<<1 | 1<<3 | 1<<4 | 1<<5 | 1<<6 | 1<<7 | 1<<8 | 1<<10 | 1<<13 | 1<<18 | 1<<27 | 1<<29 | 1<<31)

// CapabilityNames lists the names of all capabilities, by number, spelled as in "CAP_SYS_ADMIN".
func CapabilityNames() []string { return slices.Clone(capabilityNames) }

// CapabilityNamed returns the set with the one capability of that name, with or without "CAP_", in any case.
func CapabilityNamed(name string) (Capabilities, bool) {
	n := strings.ToUpper(name)
	if !strings.HasPrefix(n, "CAP_") {
		n = "CAP_" + n
	}
	b, ok := bitNamed(capabilityNames, n)
	return Capabilities(b), ok
}

// Has reports whether every member of other is in c.
func (c Capabilities) Has(other Capabilities) bool { return c&other == other }

// Names lists the members by number, spelled as in "CAP_SYS_ADMIN". Bits without a name are left out.
func (c Capabilities) Names() []string { return namesOf(capabilityNames, uint64(c)) }

// String joins the members with "|".
func (c Capabilities) String() string { return join(capabilityNames, uint64(c)) }

// MarshalJSON writes the list of the members' names.
func (c Capabilities) MarshalJSON() ([]byte, error) { return json.Marshal(c.Names()) }

// UnmarshalJSON reads a list of names and refuses unknown ones.
func (c *Capabilities) UnmarshalJSON(data []byte) error {
	b, err := unmarshalBits(capabilityNames, "capability", data)
	*c = Capabilities(b)
	return err
}
