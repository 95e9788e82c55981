package nri

import (
	"context"

	"github.com/containerd/log"
	"github.com/containerd/nri/pkg/api"
)

// learn learns what the runtime is, and refuses to serve one that cannot take our filters. The version of NRI is
// what the stub was told, or inferred.
func (p *Plugin) learn(r Runtime) error {
	rep, err := r.capabilities()
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.rep = rep
	p.mu.Unlock()
	policy := No
	if r.honoursFailurePolicy() {
		policy = Yes
	}
	p.change(func(s *State) {
		*s = State{Runtime: r, Validator: Yes, FailurePolicy: policy, DefaultValidator: Unknown}
	})
	return nil
}

// Synchronize takes note of the containers that are there already. Their filters cannot be changed any more.
func (p *Plugin) Synchronize(ctx context.Context, pods []*api.PodSandbox, containers []*api.Container) ([]*api.ContainerUpdate, error) {
	p.change(func(s *State) { s.Connected, s.Containers, s.Error = true, len(containers), "" })
	p.forget(containers)
	log.G(ctx).WithField("pods", len(pods)).WithField("containers", len(containers)).
		Infof("connected to %s; what runs already keeps its filter", p.State().Runtime)
	return nil, nil
}
