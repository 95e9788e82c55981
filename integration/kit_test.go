package integration_test

import (
	"testing"
	"time"

	"github.com/seccompd/seccompd/integration/node"
)

func TestKit(t *testing.T) {
	start := time.Now()
	n := sharedNode(t)
	t.Log("node", time.Since(start))
	start = time.Now()
	pod := runPod(t, n, node.PodSpec{})
	t.Log("pod", time.Since(start))
	start = time.Now()
	c, err := pod.Run(t.Context(), node.ContainerSpec{Seccomp: node.RuntimeDefault})
	if err != nil {
		t.Fatal(err)
	}
	t.Log("container", time.Since(start))
	start = time.Now()
	answers, err := c.Probe(t.Context(), "mkdir", "unshare", "mount", "kexec_load")
	t.Log("exec", time.Since(start), answers, err)
	k, err := c.Kernel(t.Context())
	t.Log(k, err)
}
