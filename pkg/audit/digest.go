package audit

import (
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/profile"
)

// digests remembers the digests of filters that many containers share. It belongs to one goroutine.
type digests map[*specs.LinuxSeccomp]string

// of returns the digest of a filter. One that is not shared is not remembered, nor kept alive by that.
func (d digests) of(f *specs.LinuxSeccomp, shared bool) string {
	if !shared {
		return profile.Digest(f)
	}
	if s, ok := d[f]; ok {
		return s
	}
	if len(d) >= 64 {
		clear(d)
	}
	s := profile.Digest(f)
	d[f] = s
	return s
}
