package nri

import (
	"github.com/containerd/nri/pkg/api"
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/profile/lower"
)

// maxLowered bounds the cache of filters in NRI's form.
const maxLowered = 64

// lowered remembers filters in NRI's form, by the filter that an engine shares between containers.
type lowered map[*specs.LinuxSeccomp]*api.LinuxSeccomp

// lower returns a filter in NRI's form, with its default spelled out: NRI drops defaultErrnoRet. What it returns is shared.
// It remembers filters that come again.
func (p *Plugin) lower(f *specs.LinuxSeccomp, again bool) (*api.LinuxSeccomp, error) {
	p.mu.Lock()
	wire, ok := p.lowered[f]
	p.mu.Unlock()
	if ok {
		return wire, nil
	}
	low, err := lower.DefaultErrno(f, p.set.Native)
	if err != nil {
		return nil, err
	}
	wire = toNRI(low)
	if !again {
		return wire, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lowered == nil || len(p.lowered) >= maxLowered {
		p.lowered = lowered{}
	}
	p.lowered[f] = wire
	return wire, nil
}
