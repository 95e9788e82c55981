// Package version reads the version numbers that engines and runtimes report, and orders them.
package version

import (
	"cmp"
	"strconv"
	"strings"
)

// Version is a release, or what came just before it.
type Version struct {
	Major, Minor, Patch int
	// Pre says that it is a pre-release, which is before its release and may lack what that has.
	Pre bool
}

// Parse reads "v2.4.2", "2.4", "2.4.2+unknown" and distributions' "2.2.1-0ubuntu1". Only what says so is a pre-release.
func Parse(s string) (Version, bool) {
	s = strings.TrimPrefix(strings.TrimSpace(s), "v")
	end := strings.IndexFunc(s, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	rest := ""
	if end >= 0 {
		s, rest = s[:end], s[end:]
	}
	parts := strings.Split(strings.TrimSuffix(s, "."), ".")
	if len(parts) < 2 || len(parts) > 4 {
		return Version{}, false
	}
	var n [3]int
	for i, p := range parts[:min(len(parts), 3)] {
		v, err := strconv.Atoi(p)
		if err != nil {
			return Version{}, false
		}
		n[i] = v
	}
	return Version{n[0], n[1], n[2], pre(rest)}, true
}

func pre(rest string) bool {
	rest = strings.ToLower(strings.TrimLeft(rest, "-~."))
	for _, word := range []string{"alpha", "beta", "rc", "dev", "pre"} {
		if strings.HasPrefix(rest, word) {
			return true
		}
	}
	return false
}

// Compare is negative where v is before w, and positive where it is after.
func (v Version) Compare(w Version) int {
	return cmp.Or(cmp.Compare(v.Major, w.Major), cmp.Compare(v.Minor, w.Minor), cmp.Compare(v.Patch, w.Patch), before(v.Pre)-before(w.Pre))
}

func before(pre bool) int {
	if pre {
		return -1
	}
	return 0
}

// Before reports whether v is before a release.
func (v Version) Before(major, minor, patch int) bool {
	return v.Compare(Version{Major: major, Minor: minor, Patch: patch}) < 0
}
