package drift

import (
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/workload"
)

// originals finds filters by the digests that decisions have on record, in what is on the node anyway: the log has no filters.
// Where a digest is equal, so is the filter.
type originals struct {
	target   profile.Target
	list     []*found
	defaults map[workload.Capabilities]map[string]*specs.LinuxSeccomp
	others   map[string]*specs.LinuxSeccomp
}

// of returns the filter of a digest that a container with these capabilities may have been given: the runtime default of any
// version, or what another container's configuration has; nil where it is neither.
func (o *originals) of(digest string, capabilities workload.Attr[workload.Capabilities]) *specs.LinuxSeccomp {
	if digest == "" {
		return nil
	}
	if c, ok := capabilities.Value(); ok {
		if f := o.runtimeDefaults(c)[digest]; f != nil {
			return f
		}
	}
	return o.configured()[digest]
}

// maxDefaults bounds for how many sets of capabilities the defaults are remembered.
const maxDefaults = 16

func (o *originals) runtimeDefaults(c workload.Capabilities) map[string]*specs.LinuxSeccomp {
	if known, ok := o.defaults[c]; ok {
		return known
	}
	out := map[string]*specs.LinuxSeccomp{}
	for _, version := range profile.RuntimeDefaultVersions() {
		p, ok := profile.RuntimeDefaultVersion(version)
		if !ok {
			continue
		}
		target := o.target
		target.Capabilities = c
		if f, err := p.Resolve(target); err == nil {
			out[profile.Digest(f)] = f
		}
	}
	if o.defaults == nil || len(o.defaults) >= maxDefaults {
		o.defaults = map[workload.Capabilities]map[string]*specs.LinuxSeccomp{}
	}
	o.defaults[c] = out
	return out
}

func (o *originals) configured() map[string]*specs.LinuxSeccomp {
	if o.others == nil {
		o.others = map[string]*specs.LinuxSeccomp{}
		for _, f := range o.list {
			if filter := f.filter(); filter != nil {
				o.others[profile.Digest(filter)] = filter
			}
		}
	}
	return o.others
}
