package policy

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Call is what an inline profile, a floor or an exception lists: system calls, whole or for some arguments.
type Call struct {
	// Names are names of system calls, globs of them ("io_uring_*"), groups ("@mount") or packs ("pack:kexec").
	Names []string `json:"names"`
	// Args are conditions on arguments that must all hold; none means every call.
	Args []Arg `json:"args,omitempty"`
	// AuditUntil and Until are for an entry of a floor: it only logs before the one, and is none from the other on.
	AuditUntil time.Time `json:"auditUntil,omitzero"`
	Until      time.Time `json:"until,omitzero"`
}

// Timed reports whether it depends on the time what becomes of the entry.
func (c Call) Timed() bool { return !c.AuditUntil.IsZero() || !c.Until.IsZero() }

// Arg is a condition on one argument, as in an OCI profile.
type Arg struct {
	Index uint   `json:"index"`
	Value uint64 `json:"value"`
	// ValueTwo is the datum of MASKED_EQ, whose Value is the mask.
	ValueTwo uint64   `json:"valueTwo,omitempty"`
	Op       Operator `json:"op"`
}

// Operator compares an argument, in the words of an OCI profile without their prefix SCMP_CMP_.
type Operator string

// The operators.
const (
	OpEQ       Operator = "EQ"
	OpNE       Operator = "NE"
	OpLT       Operator = "LT"
	OpLE       Operator = "LE"
	OpGT       Operator = "GT"
	OpGE       Operator = "GE"
	OpMaskedEQ Operator = "MASKED_EQ"
)

// Operators lists every operator.
func Operators() []Operator {
	return []Operator{OpEQ, OpNE, OpLT, OpLE, OpGT, OpGE, OpMaskedEQ}
}

// PackPrefix and GroupPrefix are how the names of packs and of groups begin in a list of calls.
const (
	PackPrefix  = "pack:"
	GroupPrefix = "@"
)

// CallsKey returns the same string for two lists of calls exactly if they name the same under the same conditions.
func CallsKey(calls []Call) string { return strings.Join(callKeys(calls), " ") }

// Key returns the same string for two floors exactly if they always deny the same calls.
func (f *Floor) Key() string { return f.key(f.Always()) }

// TimedKey is the Key of one entry whose time comes and goes.
func (f *Floor) TimedKey(c Call) string { return f.key([]Call{c}) }

func (f *Floor) key(calls []Call) string {
	open := slices.Sorted(slices.Values(f.LeaveOpen))
	return strings.Join(append([]string{"floor:", CallsKey(calls)}, open...), " ")
}

// ExemptKey is the key of what a floor with some key leaves open and would be denied along with what it denies.
func ExemptKey(floor string) string { return "exempt from " + floor }

// Always lists the entries that are not Timed, and Sometimes the others.
func (f *Floor) Always() []Call {
	return slices.DeleteFunc(slices.Clone(f.Deny), Call.Timed)
}

// Sometimes lists the entries that are Timed.
func (f *Floor) Sometimes() []Call {
	return slices.DeleteFunc(slices.Clone(f.Deny), func(c Call) bool { return !c.Timed() })
}

func (c Call) argsKey() string {
	if len(c.Args) == 0 {
		return ""
	}
	b, err := json.Marshal(c.Args)
	if err != nil { // numbers and words only
		panic(err)
	}
	return string(b)
}

// PackNames lists the packs that a policy may name.
func PackNames() []string {
	return []string{
		"namespaces", "mount", "module", "kexec", "ptrace", "bpf", "io-uring", "keyring", "userns", "af-alg", "af-vsock",
		"clock", "swap", "raw-io", "obsolete", "dangerous",
	}
}

// GroupNames lists the groups of system calls that a policy may name; they are systemd's (systemd.exec(5),
// SystemCallFilter=).
func GroupNames() []string {
	return []string{
		"aio", "basic-io", "chown", "clock", "cpu-emulation", "debug", "default", "file-system", "io-event", "ipc",
		"keyring", "known", "memlock", "module", "mount", "network-io", "obsolete", "pkey", "privileged", "process",
		"raw-io", "reboot", "resources", "sandbox", "setuid", "signal", "swap", "sync", "system-service", "timer",
	}
}
