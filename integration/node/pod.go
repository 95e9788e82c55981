package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// A PodSpec says what a kubelet would ask of CRI for a pod. The zero value is
// a plain pod in the namespace "default", on the host's network.
type PodSpec struct {
	Namespace, Name     string
	Labels, Annotations map[string]string
	// Privileged allows privileged containers in the pod, as a kubelet does
	// where one of them is.
	Privileged bool
	// HostPID puts the pod into the host's pid namespace.
	HostPID bool
	// OwnNetwork gives the pod a network namespace, on a node whose options have
	// Network.
	OwnNetwork bool
	// Seccomp is the request for the pause container.
	Seccomp Request
	// Handler is the runtime handler; containerd's default where empty.
	Handler string
}

// A Pod is a running pod sandbox.
type Pod struct {
	ID   string
	node *Node
	spec PodSpec
	conf *runtimeapi.PodSandboxConfig
}

var podCount atomic.Int64

// RunPod starts a pod. Names that are not given are made up.
func (n *Node) RunPod(ctx context.Context, spec PodSpec) (*Pod, error) {
	number := podCount.Add(1)
	if spec.Name == "" {
		spec.Name = fmt.Sprintf("pod-%d", number)
	}
	if spec.Namespace == "" {
		spec.Namespace = "default"
	}
	uid := fmt.Sprintf("%08x-0000-4000-8000-%012x", os.Getpid(), number)
	logs := n.path("logs", uid)
	if err := os.MkdirAll(logs, 0o700); err != nil {
		return nil, fmt.Errorf("run pod %q: %w", spec.Name, err)
	}
	pid := runtimeapi.NamespaceMode_CONTAINER
	if spec.HostPID {
		pid = runtimeapi.NamespaceMode_NODE
	}
	network := runtimeapi.NamespaceMode_NODE
	if spec.OwnNetwork {
		network = runtimeapi.NamespaceMode_POD
	}
	conf := &runtimeapi.PodSandboxConfig{
		Metadata:     &runtimeapi.PodSandboxMetadata{Name: spec.Name, Namespace: spec.Namespace, Uid: uid},
		Labels:       spec.Labels,
		Annotations:  spec.Annotations,
		LogDirectory: logs,
		Linux: &runtimeapi.LinuxPodSandboxConfig{
			CgroupParent: cgroupParent(n.dir) + "/" + uid,
			SecurityContext: &runtimeapi.LinuxSandboxSecurityContext{
				Privileged: spec.Privileged,
				Seccomp:    spec.Seccomp.profile,
				NamespaceOptions: &runtimeapi.NamespaceOption{
					Network: network,
					Pid:     pid,
					Ipc:     runtimeapi.NamespaceMode_POD,
				},
			},
		},
	}
	id, err := n.cri().RunPodSandbox(quiet(ctx), conf, spec.Handler)
	if err != nil {
		return nil, fmt.Errorf("run pod %q: %w", spec.Name, err)
	}
	return &Pod{ID: id, node: n, spec: spec, conf: conf}, nil
}

// Name returns the pod's name.
func (p *Pod) Name() string { return p.spec.Name }

// Namespace returns the pod's namespace.
func (p *Pod) Namespace() string { return p.spec.Namespace }

// Remove ends the pod with all of its containers.
func (p *Pod) Remove(ctx context.Context) error {
	ctx = quiet(ctx)
	if err := errors.Join(p.node.cri().StopPodSandbox(ctx, p.ID), p.node.cri().RemovePodSandbox(ctx, p.ID)); err != nil {
		return fmt.Errorf("remove pod %q: %w", p.spec.Name, err)
	}
	return nil
}
