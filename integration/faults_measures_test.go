package integration_test

import (
	"path/filepath"
	"testing"

	"github.com/seccompd/seccompd/integration/node"
)

// TestMeasures tells what each measure against a missing answer is worth on
// this containerd, by a plugin that takes those of the column and no other. It
// is the reason for taking all of them, and the control of the tests of seccompd
// itself. containerd 2.4.2 has nri 0.12.3, which does not know FailRequest.
func TestMeasures(t *testing.T) {
	for name, column := range map[string]struct {
		required              bool
		plugin                node.PluginOptions
		inRequest, next, then verdict
	}{
		"none":             {false, node.PluginOptions{}, unfiltered, unfiltered, unfiltered},
		"required_plugins": {true, node.PluginOptions{}, unfiltered, unfiltered, refused},
		"and validator":    {true, node.PluginOptions{Validate: true}, refused, refused, refused},
		"and FailRequest":  {true, node.PluginOptions{Validate: true, FailRequest: true}, refused, refused, refused},
		"all in the plugin, not required": {
			false, node.PluginOptions{Validate: true, FailRequest: true}, refused, refused, unfiltered,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := node.Options{}
			if column.required {
				o.RequiredPlugins = allMeasures().RequiredPlugins
			}
			n := newNode(t, o)
			pod := runPod(t, n, node.PodSpec{})
			start := func(change func(*node.PluginOptions)) *node.Plugin {
				return startBare(t, n, func(o *node.PluginOptions) {
					o.Validate, o.FailRequest = column.plugin.Validate, column.plugin.FailRequest
					change(o)
				})
			}

			start(func(o *node.PluginOptions) { o.Panic = true })
			want(t, "panics in the request", pod, node.ContainerSpec{}, column.inRequest, "")

			held := filepath.Join(n.Dir(), "held")
			p := start(func(o *node.PluginOptions) { o.Hold = held })
			creating := inFlight(t, pod, node.ContainerSpec{})
			waitForFile(t, held)
			p.Kill()
			if got := <-creating; got != column.inRequest {
				t.Errorf("killed in the request: a container was %s, want %s", got, column.inRequest)
			}

			p = start(func(o *node.PluginOptions) { o.Hold = held })
			want(t, "hangs over the timeout", pod, node.ContainerSpec{}, column.inRequest, "")
			p.Kill()

			// containerd forgets a plugin only at the end of a request.
			p = start(func(*node.PluginOptions) {})
			want(t, "with the plugin", pod, node.ContainerSpec{}, filtered, "")
			p.Kill()
			want(t, "the first after it was killed", pod, node.ContainerSpec{}, column.next, "")
			want(t, "the second after it was killed", pod, node.ContainerSpec{}, column.then, "")
		})
	}
}
