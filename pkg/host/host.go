// Package host describes what of a machine changes the meaning of a seccomp profile: its architecture, the kernel and the
// ABIs that it runs, its capabilities and seccomp actions, and the OCI runtimes with the libseccomp that they use.
//
// Read asks the machine it runs on and is the only function that does I/O. Facts are plain values that are passed in,
// stored, and compared by Key.
package host

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/syscalls"
	"github.com/seccompd/seccompd/pkg/workload"
)

// Facts describe one machine.
type Facts struct {
	// GOARCH is the architecture of the machine, as Go spells it.
	GOARCH string `json:"goarch"`
	// Native is its ABI, as OCI profiles spell it. It is empty for an architecture without a table of system calls.
	Native specs.Arch `json:"native"`
	// ABIs are those that the kernel runs programs or calls of: the native one, then others in the order of syscalls.ABIs.
	ABIs []specs.Arch `json:"abis"`
	// Assumed are those of ABIs that could not be probed, and count as run so that no filter forgets them.
	Assumed []specs.Arch `json:"assumed,omitempty"`
	// Kernel is the version of the running kernel, KernelRelease all that it says of itself.
	Kernel        Version `json:"kernel"`
	KernelRelease string  `json:"kernelRelease"`
	// Capabilities are those that the kernel knows.
	Capabilities workload.Capabilities `json:"capabilities"`
	// Actions are the seccomp actions that the kernel knows, strictest first. Nil: it does not say.
	Actions []specs.LinuxSeccompAction `json:"actions,omitempty"`
	// Runtimes are the OCI runtimes that were found, in the order of the search.
	Runtimes []Runtime `json:"runtimes,omitempty"`
	// AsksContainerd says that the runtime door's settings have it ask containerd for images and labels, so that it sees more.
	AsksContainerd bool `json:"asksContainerd,omitempty"`
	// LooksUpDocker says that they have it look up names, images and labels in Docker's own files.
	LooksUpDocker bool `json:"looksUpDocker,omitempty"`
	// Ignored are files that are named like a runtime and were not asked, or gave no usable answer.
	Ignored []Ignored `json:"ignored,omitempty"`
}

// Version is a kernel version as profiles compare it.
type Version struct {
	Major int `json:"major"`
	Minor int `json:"minor"`
}

// String returns the version as in "6.18".
func (v Version) String() string { return strconv.Itoa(v.Major) + "." + strconv.Itoa(v.Minor) }

// AtLeast reports whether v is other or newer.
func (v Version) AtLeast(other Version) bool {
	return v.Major > other.Major || v.Major == other.Major && v.Minor >= other.Minor
}

// ParseVersion reads the version at the start of a kernel release ("6.1.0-18-amd64") or of a minKernel ("4.8").
func ParseVersion(s string) (Version, error) {
	major, rest, ok := strings.Cut(s, ".")
	minor := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
	a, errA := strconv.ParseUint(major, 10, 16)
	b, errB := strconv.ParseUint(minor, 10, 16)
	if !ok || errA != nil || errB != nil {
		return Version{}, fmt.Errorf("parse kernel version %q: want MAJOR.MINOR", s)
	}
	return Version{Major: int(a), Minor: int(b)}, nil
}

// Ignored is a runtime that Read left out, and why.
type Ignored struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// Runtime returns the first runtime of a name, "runc" or "crun", or the first of all for "".
func (f Facts) Runtime(name string) (Runtime, bool) {
	for _, r := range f.Runtimes {
		if name == "" || r.Name == name {
			return r, true
		}
	}
	return Runtime{}, false
}

// Runs reports whether the kernel runs an ABI, as far as is known.
func (f Facts) Runs(abi specs.Arch) bool { return slices.Contains(f.ABIs, abi) }

// Key returns a digest, "sha256:…", of all facts that change what a profile means here. Where it changes, what was computed
// from a profile has to be computed again. Paths, and the parts of a kernel release after the version, are not in it.
func (f Facts) Key() string {
	f.KernelRelease, f.Ignored = "", nil
	f.Runtimes = slices.Clone(f.Runtimes)
	for i := range f.Runtimes {
		f.Runtimes[i].Path = ""
	}
	text, err := json.Marshal(f)
	if err != nil {
		panic(err) // plain values of plain types
	}
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Assume returns facts of a machine that is not at hand, for work on policies away from the node: all ABIs that kernels of
// the architecture can run, every capability and action, a recent kernel, and no runtime.
func Assume(goarch string) Facts {
	native, _ := syscalls.Native(goarch)
	f := Facts{
		GOARCH: goarch, Native: native, Kernel: Version{Major: 6, Minor: 18},
		Capabilities: workload.AllCapabilities, Actions: slices.Clone(actions),
	}
	if native != "" {
		f.ABIs = append([]specs.Arch{native}, compat[native]...)
		f.Assumed = slices.Clone(compat[native])
	}
	return f
}

// compat are the further ABIs that kernels of an architecture may run.
var compat = map[specs.Arch][]specs.Arch{
	specs.ArchX86_64:  {specs.ArchX86, specs.ArchX32},
	specs.ArchAARCH64: {specs.ArchARM},
}

// actions are the actions of Linux, strictest first.
var actions = []specs.LinuxSeccompAction{
	specs.ActKillProcess, specs.ActKillThread, specs.ActTrap, specs.ActErrno, specs.ActNotify, specs.ActTrace, specs.ActLog,
	specs.ActAllow,
}
