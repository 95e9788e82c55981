package nri_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/containerd/nri/pkg/api"

	"github.com/seccompd/seccompd/pkg/nri"
)

// BenchmarkCreate is the handler alone, without the way to the runtime and back: with the filter at hand, and with an
// engine that meets each container for the first time.
func BenchmarkCreate(b *testing.B) {
	policies := map[string]string{
		"plain":          replace,
		"RuntimeDefault": "mode: enforce\ndefault: {action: fill, profile: {type: RuntimeDefault}}\n",
		"spelled-out":    "mode: enforce\ndefault: {action: replace, profile: {type: Localhost, localhostProfile: enosys.json}}\n",
	}
	for name, policy := range policies {
		b.Run(name+"/warm", func(b *testing.B) {
			n := serve(b, engine(b, policy))
			handle(b, n, 0)
			for i := range b.N {
				handle(b, n, i)
			}
		})
		b.Run(name+"/cold", func(b *testing.B) {
			n := serve(b, nil)
			for i := range b.N {
				b.StopTimer()
				n.use(engine(b, policy))
				b.StartTimer()
				handle(b, n, i)
			}
		})
	}
}

func handle(b *testing.B, n *node, i int) {
	a, _, err := n.CreateContainer(b.Context(), pod(), container(strconv.Itoa(i)))
	if err != nil {
		b.Fatal(err)
	}
	n.records = n.records[:0]
	req := &api.ValidateContainerAdjustmentRequest{Pod: pod(), Container: container(strconv.Itoa(i)), Adjust: a}
	if err := n.ValidateContainerAdjustment(b.Context(), req); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkRequest is a whole request of the runtime: socket, handler and validator.
func BenchmarkRequest(b *testing.B) {
	n := serve(b, engine(b, "mode: enforce\ndefault: {action: fill, profile: {type: RuntimeDefault}}\n"))
	for i := range b.N {
		if _, err := n.runtime.create(pod(), container(strconv.Itoa(i))); err != nil {
			b.Fatal(err)
		}
	}
}

// constant is the least that a plugin with a policy of that size can do.
type constant struct {
	policy       *api.LinuxSeccomp
	synchronized chan struct{}
}

func (c constant) Synchronize(context.Context, []*api.PodSandbox, []*api.Container) ([]*api.ContainerUpdate, error) {
	close(c.synchronized)
	return nil, nil
}

func (c constant) CreateContainer(context.Context, *api.PodSandbox, *api.Container) (*api.ContainerAdjustment, []*api.ContainerUpdate, error) {
	a := &api.ContainerAdjustment{}
	a.SetLinuxSeccompPolicy(c.policy)
	return a, nil, nil
}

func (constant) ValidateContainerAdjustment(context.Context, *api.ValidateContainerAdjustmentRequest) error {
	return nil
}

// BenchmarkConstant is BenchmarkRequest with a plugin that returns the same filter without a thought: the difference is
// what deciding and validating cost.
func BenchmarkConstant(b *testing.B) {
	n := serve(b, engine(b, "mode: enforce\ndefault: {action: fill, profile: {type: RuntimeDefault}}\n"))
	policy, err := n.runtime.create(pod(), container("1"))
	if err != nil {
		b.Fatal(err)
	}
	r := startRuntime(b, "", engineName, engineVersion)
	c := constant{policy, make(chan struct{})}
	r.add(b, c, "10", c.synchronized)
	for i := range b.N {
		if _, err := r.create(pod(), container(strconv.Itoa(i))); err != nil {
			b.Fatal(err)
		}
	}
}

var _ nri.Engine = broken{}
