package integration_test

import (
	"os"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/integration/node"
)

// TestShimPodsOfOldContainerd has pods of the distribution's containerd, a 1.6, which has no NRI: the containers and the pause
// container get the policy's filter where the PATH of its service leads to the door. The control is the same without that. The same
// runtime, a runc 1.1, then stands behind containerd 2.
func TestShimPodsOfOldContainerd(t *testing.T) {
	t.Parallel()
	s := newShim(t, "")
	runc := debian(t) + "/usr/sbin/runc"
	s.values["runtimes"], s.runtimes = map[string]string{"runc": runc}, []string{runc}
	s.configure(t, nil)
	s.apply(t, crunPolicy)
	path := s.bin + ":" + debian(t) + "/usr/bin:" + os.Getenv("PATH")
	for name, its := range map[string]struct {
		options node.Options
		mkdir   string
		pause   string
	}{
		"without the door": {node.Options{Old: true}, "EFAULT", "Seccomp:\t0"},
		"with it":          {node.Options{Old: true, ShimEnv: append(s.env(), "PATH="+path)}, "EPERM", "Seccomp:\t2"},
		"containerd 2":     {withDoor(s, node.Options{}), "EPERM", "Seccomp:\t2"},
	} {
		n := newNode(t, its.options)
		pod := runPod(t, n, node.PodSpec{Namespace: "prod", Privileged: true})
		for what, spec := range map[string]node.ContainerSpec{
			"unset": {}, "unconfined": {Seccomp: node.Unconfined}, "the default": {Seccomp: node.RuntimeDefault}, "privileged": {Privileged: true, DropCapabilities: []string{"SYS_RESOURCE"}},
		} {
			answers, err := pod.Probe(t.Context(), spec, "mkdir", "unshare")
			if err != nil {
				t.Fatal(name, what, err)
			}
			checkAnswers(t, name+", "+what, answers, map[string]string{"mkdir": its.mkdir})
		}
		if status := pauseStatus(t, n, pod); !strings.Contains(status, its.pause) {
			t.Errorf("%s: the pause container in the kernel:\n%s", name, status)
		}
	}
}
