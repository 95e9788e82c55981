package nri

import "slices"

// maxPending bounds what is remembered between a request to create a container and the one to validate it, which follows
// at once unless another plugin made the creation fail.
const maxPending = 256

// pending remembers by which engine a container was decided on, so that a policy that comes into force before it is
// validated does not make the two disagree. What is never validated was not created: another plugin made it fail.
type pending struct {
	containers map[string]attempt
	order      []string
}

// attempt is a container that was decided on. Its name stays the same when the engine's client tries again, its id does not.
type attempt struct {
	name   string
	engine Engine
}

// put remembers a container, and reports whether an earlier attempt to create it came to nothing.
func (p *pending) put(id, name string, e Engine) (failed bool) {
	if p.containers == nil {
		p.containers = map[string]attempt{}
	}
	for other, a := range p.containers {
		if a.name == name && other != id {
			failed = true
			break
		}
	}
	if _, ok := p.containers[id]; !ok {
		p.order = append(p.order, id)
	}
	p.containers[id] = attempt{name, e}
	if len(p.order) > maxPending {
		delete(p.containers, p.order[0])
		p.order = p.order[1:]
	}
	return failed
}

// take returns the engine that a container was decided on by, or nil, and forgets it.
func (p *pending) take(id string) Engine {
	a, ok := p.containers[id]
	if !ok {
		return nil
	}
	p.forget(func(o string) bool { return o == id })
	return a.engine
}

// settled forgets the attempts to create a container, as one came to something.
func (p *pending) settled(name string) {
	p.forget(func(o string) bool { return p.containers[o].name == name })
}

func (p *pending) forget(which func(id string) bool) {
	p.order = slices.DeleteFunc(p.order, func(id string) bool {
		if !which(id) {
			return false
		}
		delete(p.containers, id)
		return true
	})
}
