package shim

import (
	"slices"
	"testing"
)

func TestEnvironment(t *testing.T) {
	env, err := environment([]string{"A=b", "RUN_OCI_SECCOMP_RECEIVER=/x", "RUN_OCI_SECCOMP=", "NAMESPACE=n"})
	if err != nil || !slices.Equal(env, []string{"A=b", "NAMESPACE=n", envDepth + "=1"}) {
		t.Errorf("%q, %v", env, err)
	}
	for range maxDepth - 1 {
		if env, err = environment(env); err != nil {
			t.Fatal(err)
		}
	}
	if env, err = environment(env); err == nil {
		t.Errorf("for ever: %q", env)
	}
}

// containerd's namespace is known only where its shim's environment and the directory of the state agree.
func TestNamespace(t *testing.T) {
	for _, test := range []struct{ env, root, want string }{
		{"NAMESPACE=k8s.io", "/run/containerd/runc/k8s.io", "k8s.io"},
		{"NAMESPACE=k8s.io", "/run/containerd/runc/default", ""},
		{"NAMESPACE=k8s.io", "", ""},
		{"NAMESPACE=", "/run/containerd/runc/k8s.io", ""},
		{"X=y", "/run/containerd/runc/k8s.io", ""},
	} {
		d := door{env: []string{test.env}, cmd: command{root: test.root}}
		if got := d.namespace(); got != test.want {
			t.Errorf("%s, %s: %q", test.env, test.root, got)
		}
	}
}
