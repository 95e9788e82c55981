// Package pack knows bundles of denials that serve one aim with every way round it, and turns lists of what is denied
// (names, globs, groups, packs) into rules.
//
// It reads no text: config/packs is read by its sub-package packfile, so that programs that only carry out rules stay small.
package pack

import (
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// Prefix is how the name of a pack begins in a list of calls.
const Prefix = "pack:"

// Pack is one aim, and all that has to be denied for it. A pack that Load or Parse returned is shared and must not be
// changed.
type Pack struct {
	Name string
	// Aim says in one line what is denied, Why what it is good for, Breaks what stops to work, and Leaves what a filter
	// cannot see and the pack therefore does not deny.
	Aim, Why, Breaks, Leaves string
	// Includes are packs whose denials belong to this one.
	Includes []string
	Denials  []Denial
}

// Denial is some calls, whole or for some arguments, that a pack denies.
type Denial struct {
	Names []string
	// Args are conditions that must all hold; none, and no Bits, means every call.
	Args []specs.LinuxSeccompArg
	// Bits deny the calls in which any of them is set, instead of Args.
	Bits *Bits
	// Errno is what the calls return; nil is ENOSYS for those that user space replaces on it, and EPERM for the others
	// (syscalls.ExpectsENOSYS).
	Errno *uint
	// Why says what a call does for the aim of the pack, Around which way round the aim is closed by it. One of them is
	// not "".
	Why, Around string
	// Collateral is what the denial hits beside the aim; "" where it hits nothing else. Such a denial can be left open.
	Collateral string
	// Line is where the denial stands in its file.
	Line int
}

// Bits are flags in one argument.
type Bits struct {
	// Index is the argument, and S390 the argument on s390x, where clone(2) has its flags in another place.
	Index, S390 uint
	Flags       []Flag
}

// Flag is a bit and its name in the kernel's headers.
type Flag struct {
	Name  string
	Value uint64
}

// errnoOf returns what a denied call returns.
func errnoOf(name string, given *uint) uint {
	switch {
	case given != nil:
		return *given
	case syscalls.ExpectsENOSYS(name):
		return enosys
	}
	return eperm
}

// The errors of asm-generic/errno.h, the numbers that all ABIs of the tables share.
const (
	eperm  uint = 1
	enosys uint = 38
)

// s390 are the native architectures on which S390 of Bits counts, in the words of profile.Condition.
var s390 = profile.Condition{Arches: []string{"s390", "s390x"}}

// conditions lists the ways in which the denial can match: each of them denies.
func (d *Denial) conditions() []condition {
	if d.Bits == nil {
		return []condition{{args: d.Args}}
	}
	var out []condition
	for _, f := range d.Bits.Flags {
		at := func(index uint) []specs.LinuxSeccompArg {
			return []specs.LinuxSeccompArg{{Index: index, Value: f.Value, ValueTwo: f.Value, Op: specs.OpMaskedEqual}}
		}
		if d.Bits.S390 == d.Bits.Index {
			out = append(out, condition{args: at(d.Bits.Index)})
		} else {
			out = append(out, condition{args: at(d.Bits.Index), excludes: true}, condition{args: at(d.Bits.S390), includes: true})
		}
	}
	return out
}

// condition is when a rule matches: by its arguments, and only on s390 (includes) or only elsewhere (excludes).
type condition struct {
	args               []specs.LinuxSeccompArg
	includes, excludes bool
}

func (c condition) always() bool { return len(c.args) == 0 && c.everywhere() }

func (c condition) everywhere() bool { return !c.includes && !c.excludes }

func (c condition) equal(o condition) bool {
	return slices.Equal(c.args, o.args) && c.includes == o.includes && c.excludes == o.excludes
}

// rule returns the rule that denies some calls under the condition.
func (c condition) rule(names []string, errno uint) profile.Rule {
	r := profile.Rule{Names: names, Action: specs.ActErrno, ErrnoRet: &errno, Args: slices.Clone(c.args)}
	if c.includes {
		r.Includes = &profile.Condition{Arches: slices.Clone(s390.Arches)}
	}
	if c.excludes {
		r.Excludes = &profile.Condition{Arches: slices.Clone(s390.Arches)}
	}
	return r
}
