package syscalls

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

//go:embed data/groups.tsv
var groupsFile string

// knownGroup contains every call of every table.
const knownGroup = "known"

// groups are the groups of data/groups.tsv, those within others resolved. Only a broken build can make it panic: a test
// reads them all.
var groups = sync.OnceValue(func() map[string][]string {
	members := map[string][]string{knownGroup: known()}
	for line := range strings.Lines(groupsFile) {
		group, list, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if ok && !strings.HasPrefix(line, "#") {
			members[group] = append(members[group], strings.Fields(list)...)
		}
	}
	out := map[string][]string{}
	for group := range members {
		out[group] = resolve(members, group, nil)
	}
	return out
})

// Group returns the calls of a group of systemd's, as "mount" or "system-service" (data/groups.tsv), sorted, with those of
// the groups in it. A name in it can be one that no ABI of the tables has: systemd's groups serve others, too.
func Group(name string) ([]string, bool) {
	calls, ok := groups()[name]
	return slices.Clone(calls), ok
}

// Groups lists the names of all groups, sorted.
func Groups() []string { return slices.Sorted(maps.Keys(groups())) }

func resolve(members map[string][]string, group string, within []string) []string {
	list, ok := members[group]
	if !ok || slices.Contains(within, group) {
		panic(fmt.Sprintf("read data/groups.tsv: @%s is not there, or is in itself", group))
	}
	var out []string
	for _, m := range list {
		if sub, ok := strings.CutPrefix(m, "@"); ok {
			out = append(out, resolve(members, sub, append(slices.Clone(within), group))...)
		} else {
			out = append(out, m)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func known() []string {
	var out []string
	for i := range abis {
		out = append(out, abis[i].Names()...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
