package integration_test

import (
	"sync"
	"testing"

	"github.com/seccompd/seccompd/integration/node"
)

// TestManyAtOnce creates 50 containers at once, in five pods; each has the
// filter. The control has no daemon.
func TestManyAtOnce(t *testing.T) {
	create := func(n *node.Node, expected verdict) {
		t.Helper()
		var pods []*node.Pod
		for range 5 {
			pods = append(pods, runPod(t, n, node.PodSpec{}))
		}
		var all sync.WaitGroup
		for i := range soak(50, 500) {
			all.Go(func() { want(t, "one of many", pods[i%len(pods)], node.ContainerSpec{}, expected, "") })
		}
		all.Wait()
	}
	n, _, _ := guarded(t, allMeasures(), policyText("enforce", replaceAll))
	create(n, filtered)
	create(newNode(t, node.Options{}), unfiltered)
}
