package profile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// Digest is "sha256:…" over what the profile means, before it is resolved: not over its dialect, its comments, or where it
// stood. Profiles of one digest resolve to filters of one meaning; those of two may do so too.
func (p *Profile) Digest() string {
	c := p.Clone()
	c.Dialect, c.Name, c.Findings = "", "", nil
	for i := range c.Rules {
		c.Rules[i].Comment, c.Rules[i].Line = "", 0
	}
	return digest(c)
}

// Digest is "sha256:…" over the canonical form of a filter. Filters of one digest do the same in a runtime; it may differ
// for some that do so too. The digest of no filter is "".
func Digest(f *specs.LinuxSeccomp) string {
	if f == nil {
		return ""
	}
	// encoding/json leaves out flags that are empty, and absent ones mean something else.
	return digest(struct {
		Filter *specs.LinuxSeccomp
		Flags  []specs.LinuxSeccompFlag
	}{Canonical(f), f.Flags[:min(len(f.Flags), 0)]})
}

func digest(v any) string {
	text, err := json.Marshal(v)
	if err != nil { // only for types that JSON cannot hold, and these are plain data
		panic(err)
	}
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}
