package pack

import (
	"cmp"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/profile"
)

// Profile returns the rules over a default of ALLOW, for every ABI that a host of the tables can run: what a filter is met
// with.
func (e *Expansion) Profile(name string) *profile.Profile {
	return &profile.Profile{
		Dialect:       profile.Inline,
		Name:          name,
		DefaultAction: specs.ActAllow,
		ArchMap: []profile.ArchMap{
			{Architecture: specs.ArchX86_64, SubArchitectures: []specs.Arch{specs.ArchX86, specs.ArchX32}},
			{Architecture: specs.ArchAARCH64, SubArchitectures: []specs.Arch{specs.ArchARM}},
			{Architecture: specs.ArchS390X, SubArchitectures: []specs.Arch{specs.ArchS390}},
		},
		Rules:    slices.Clone(e.Rules),
		Findings: slices.Clone(e.Findings),
	}
}

// rules puts denials into rules: each call under each condition once, with the stricter errno, and none beside a denial of
// the whole call, which runtimes let shadow it.
func rules(denials []denial) []profile.Rule {
	var kept []denial
	for _, d := range denials {
		if slices.ContainsFunc(denials, d.within) {
			continue
		}
		kept = append(kept, d)
	}
	slices.SortFunc(kept, func(a, b denial) int {
		return cmp.Or(a.condition.compare(b.condition), cmp.Compare(order(a.errno), order(b.errno)), cmp.Compare(a.name, b.name))
	})
	kept = slices.CompactFunc(kept, func(a, b denial) bool { return a.same(b) && a.errno == b.errno })
	var out []profile.Rule
	for i := 0; i < len(kept); {
		var names []string
		first := kept[i]
		for ; i < len(kept) && kept[i].condition.equal(first.condition) && kept[i].errno == first.errno; i++ {
			names = append(names, kept[i].name)
		}
		out = append(out, first.rule(names, first.errno))
	}
	return out
}

func (d denial) same(o denial) bool { return d.name == o.name && d.condition.equal(o.condition) }

// within reports whether d is not needed beside o: o denies the whole call, or the same for more architectures or with a
// stricter errno.
func (d denial) within(o denial) bool {
	switch {
	case d.name != o.name:
		return false
	case d.condition.equal(o.condition):
		return order(o.errno) < order(d.errno)
	case o.always():
		return true
	}
	return o.everywhere() && slices.Equal(d.args, o.args)
}

// order sorts errors as the meet of two denials does: ENOSYS, then EPERM, then ascending.
func order(errno uint) uint {
	switch errno {
	case enosys:
		return 0
	case eperm:
		return 1
	}
	return errno + 2
}

func (c condition) compare(o condition) int {
	return cmp.Or(
		slices.CompareFunc(c.args, o.args, func(a, b specs.LinuxSeccompArg) int {
			return cmp.Or(cmp.Compare(a.Index, b.Index), cmp.Compare(a.Op, b.Op), cmp.Compare(a.Value, b.Value), cmp.Compare(a.ValueTwo, b.ValueTwo))
		}),
		boolCompare(c.includes, o.includes), boolCompare(c.excludes, o.excludes),
	)
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
