package integration_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/integration/node"
)

// olderCrun stands behind the door for crun 1.8, which cannot read what containerd 2 writes, nor run beside cgroup v1: it gets a
// version of the specification that it knows, a mount namespace with cgroup v2 alone, no cgroup, and one capability less than a
// privileged container asks for where the machine does not have it. The door has decided before, on the request as it was.
const olderCrun = findConfig + `
[ -z "$file" ] || sed -i 's/"ociVersion":"1\.[0-9.]*"/"ociVersion":"1.0.2"/; s/,"CAP_SYS_RESOURCE"//g; s/"CAP_SYS_RESOURCE",//g' "$file"
exec unshare --mount sh -c 'mount -t cgroup2 none /sys/fs/cgroup && exec "$@"' sh CRUN --cgroup-manager=disabled "$@"
`

// withOlderCrun puts olderCrun behind the door in the place of crun, and returns its path.
func (s *shim) withOlderCrun(t *testing.T) string {
	t.Helper()
	path := s.dir + "/older/crun"
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(olderCrun, "CRUN", s.crun)), 0o755); err != nil {
		t.Fatal(err)
	}
	s.runtimes = []string{s.binary(t, "runc"), path}
	s.values["runtimes"] = map[string]string{"runc": s.binary(t, "runc"), "crun": path}
	s.configure(t, nil)
	return path
}

const crunPolicy = `mode: enforce
rules:
- {name: free, match: {namespaces: [free]}, action: keep}
- {name: pause, match: {containerKinds: [sandbox]}, action: replace, profile: {type: RuntimeDefault}}
default: {action: replace, profile: {base: RuntimeDefault, deny: [mkdir]}}
`

// TestShimPodsOnCrun has pods of containerd on crun: the containers and the pause container get the policy's filter. The control
// is the same handler without the door.
func TestShimPodsOnCrun(t *testing.T) {
	t.Parallel()
	s := newShim(t, "")
	crun := s.withOlderCrun(t)
	s.apply(t, crunPolicy)
	n := newNode(t, node.Options{ShimEnv: s.env(), Handlers: map[string]string{"plain": crun, "crun": s.bin + "/crun"}})
	words := []string{"unshare", "mkdir", "keyctl"}
	specs := map[string]node.ContainerSpec{
		"unset": {}, "unconfined": {Seccomp: node.Unconfined}, "the default": {Seccomp: node.RuntimeDefault}, "privileged": {Privileged: true},
	}
	for handler, mkdir := range map[string]string{"plain": "EFAULT", "crun": "EPERM"} {
		pod := runPod(t, n, node.PodSpec{Namespace: "prod", Privileged: true, Handler: handler})
		for name, spec := range specs {
			answers, err := pod.Probe(t.Context(), spec, words...)
			if err != nil {
				t.Fatal(handler, name, err)
			}
			checkAnswers(t, handler+", "+name, answers, map[string]string{"mkdir": mkdir})
		}
		status := pauseStatus(t, n, pod)
		if filtered := strings.Contains(status, "Seccomp:\t2"); filtered != (handler == "crun") {
			t.Errorf("%s: the pause container in the kernel:\n%s", handler, status)
		}
	}
}

// TestShimCtrOnCrun names crun to ctr, which containerd's shim looks up in its PATH. The control names it by its path, and goes
// past the door.
func TestShimCtrOnCrun(t *testing.T) {
	t.Parallel()
	s := newShim(t, "")
	crun := s.withOlderCrun(t)
	s.apply(t, fillDefault)
	n := shimNode(t, s, node.Options{})
	for id, c := range map[string]struct{ binary, unshare string }{"past": {crun, "ok"}, "found": {"crun", "EPERM"}} {
		out, err := run(t.Context(), t, n, []string{"--rm", "--runc-binary", c.binary}, id, "/probe", "unshare", "mkdir")
		if err != nil {
			t.Fatal(id, err)
		}
		answers, err := node.ParseAnswers(out)
		if err != nil {
			t.Fatal(id, err)
		}
		checkAnswers(t, id, answers, map[string]string{"unshare": c.unshare, "mkdir": "EFAULT"})
	}
}
