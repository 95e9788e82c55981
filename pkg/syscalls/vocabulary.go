package syscalls

import (
	"slices"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// release is a version of libseccomp: major, minor, patch.
type release [3]uint8

// unverified is the index of no release: no libseccomp that was checked has the name.
const unverified = 255

// loongarch is the first release with a table for loong64 (CHANGELOG of libseccomp).
var loongarch = release{2, 6, 0}

// Vocab is the vocabulary of one libseccomp: the names that it knows for certain. A runtime skips rules for the names that
// its libseccomp does not know, without an error, so that a denial of such a call does not exist. The zero Vocab knows
// nothing.
type Vocab struct {
	version release
	more    []string // sorted
}

// Vocabulary returns the vocabulary of a libseccomp release as its authors released it ("2.5.4"; what follows the third
// number is ignored). Of a release that is not in data/vocabulary.tsv it knows what the one before knows, as no release drops
// a call. For releases before 2.5.0, and for what is no version, it returns false: nothing was verified there.
func Vocabulary(version string) (Vocab, bool) {
	v, ok := parseRelease(version)
	if !ok || slices.Compare(v[:], releases[0][:]) < 0 {
		return Vocab{}, false
	}
	return Vocab{version: v}, true
}

// With returns the vocabulary with further names: those that were found in the library itself. Distributions add calls to
// the libseccomp that they ship and keep its version.
func (v Vocab) With(names ...string) Vocab {
	more := append(slices.Clone(v.more), names...)
	slices.Sort(more)
	return Vocab{version: v.version, more: slices.Compact(more)}
}

// Knows reports whether this libseccomp certainly knows a name for an ABI. False means that it does not, or that nobody can
// tell: the ABI has no such call, the name is newer than the release, or the release is not known.
func (v Vocab) Knows(abi specs.Arch, name string) bool {
	if v.version == (release{}) || abi == specs.ArchLOONGARCH64 && slices.Compare(v.version[:], loongarch[:]) < 0 {
		return false
	}
	table, ok := Table(abi)
	if !ok {
		return false
	}
	if _, ok := table.Number(name); !ok {
		return false
	}
	_, added := slices.BinarySearch(v.more, name)
	return added || v.has(lookup(name))
}

// Lacks lists, sorted, the names in the tables that this libseccomp is not certain to know for any ABI.
func (v Vocab) Lacks() []string {
	var list []string
	for i, name := range names {
		if _, added := slices.BinarySearch(v.more, name); !added && !v.has(i) {
			list = append(list, name)
		}
	}
	return list
}

// has reports whether the release brought the name at a position in names.
func (v Vocab) has(at int) bool {
	since := facts[at].since
	return v.version != (release{}) && since != unverified && slices.Compare(v.version[:], releases[since][:]) >= 0
}

// parseRelease reads "2.5.4", and ignores what follows the digits of the third number.
func parseRelease(s string) (release, bool) {
	var r release
	parts := strings.SplitN(s, ".", 3)
	if len(parts) != 3 {
		return r, false
	}
	parts[2] = parts[2][:len(parts[2])-len(strings.TrimLeft(parts[2], "0123456789"))]
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 8)
		if err != nil {
			return r, false
		}
		r[i] = uint8(n)
	}
	return r, true
}

// Common returns the vocabulary that two libseccomps share: the names that both are certain to know.
func Common(a, b Vocab) Vocab {
	out := Vocab{version: a.version}
	if slices.Compare(b.version[:], a.version[:]) < 0 {
		out.version = b.version
	}
	for _, name := range slices.Concat(a.more, b.more) {
		if a.knowsName(name) && b.knowsName(name) {
			out.more = append(out.more, name)
		}
	}
	slices.Sort(out.more)
	out.more = slices.Compact(out.more)
	return out
}

// knowsName reports whether the vocabulary has a name, for whatever ABI.
func (v Vocab) knowsName(name string) bool {
	_, added := slices.BinarySearch(v.more, name)
	at := lookup(name)
	return added || at >= 0 && v.has(at)
}
