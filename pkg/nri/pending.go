package nri

import "slices"

// maxPending bounds what is remembered between a request to create a container and the one to validate it, which follows
// at once unless another plugin made the creation fail.
const maxPending = 256

// pending remembers by which engine a container was decided on, so that a policy that comes into force before it is
// validated does not make the two disagree.
type pending struct {
	engines map[string]Engine
	order   []string
}

func (p *pending) put(id string, e Engine) {
	if p.engines == nil {
		p.engines = map[string]Engine{}
	}
	if _, ok := p.engines[id]; !ok {
		p.order = append(p.order, id)
	}
	p.engines[id] = e
	if len(p.order) > maxPending {
		delete(p.engines, p.order[0])
		p.order = p.order[1:]
	}
}

// take returns the engine that a container was decided on by, or nil, and forgets it.
func (p *pending) take(id string) Engine {
	e, ok := p.engines[id]
	if !ok {
		return nil
	}
	delete(p.engines, id)
	p.order = slices.DeleteFunc(p.order, func(o string) bool { return o == id })
	return e
}
