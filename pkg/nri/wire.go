package nri

import (
	"github.com/containerd/nri/pkg/api"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// maxWires bounds the cache of filters in NRI's form.
const maxWires = 64

// wires remembers filters in NRI's form, by the filter that an engine shares between containers.
type wires map[*specs.LinuxSeccomp]*api.LinuxSeccomp

// wire returns a filter in NRI's form; what it returns is shared. NRI drops defaultErrnoRet, which is why enforce writes
// none for this door.
func (p *Plugin) wire(f *specs.LinuxSeccomp) *api.LinuxSeccomp {
	p.mu.Lock()
	defer p.mu.Unlock()
	if wire, ok := p.wires[f]; ok {
		return wire
	}
	if p.wires == nil || len(p.wires) >= maxWires {
		p.wires = wires{}
	}
	wire := toNRI(f)
	p.wires[f] = wire
	return wire
}
