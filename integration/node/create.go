package node

import (
	"context"
	"fmt"
	"sync/atomic"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// A ContainerSpec says what a kubelet would ask of CRI for a container. The
// zero value is a busybox that waits, with the 14 default capabilities and no
// request for seccomp.
type ContainerSpec struct {
	Name  string
	Image string // BusyboxImage where empty
	// ImageAsked is what the pod's spec says of the image, which a kubelet hands on beside the image that it found; Image where empty.
	ImageAsked string
	// Args is the command; ["/probe", "pause"] where empty.
	Args                []string
	Labels, Annotations map[string]string
	Seccomp             Request
	Privileged          bool
	AddCapabilities     []string // without CAP_; "ALL" is understood
	DropCapabilities    []string
	NoNewPrivs          bool
	User                int64
	Mounts              []Mount
	// Attempt counts restarts, as a kubelet counts them.
	Attempt uint32
}

// A Mount shows a path of the host in a container.
type Mount struct {
	Host, Container string
	ReadOnly        bool
	// Bidirectional lets mounts of the container appear on the host, as CSI
	// drivers need it; Host must be a shared mount, such as SharedDir makes.
	Bidirectional bool
}

// A Container was created, and may be running.
type Container struct {
	ID   string
	pod  *Pod
	spec ContainerSpec
}

var containerCount atomic.Int64

// Create creates a container. This is where NRI plugins are asked; the error
// of one that refuses is in the error that is returned.
func (p *Pod) Create(ctx context.Context, spec ContainerSpec) (*Container, error) {
	if spec.Name == "" {
		spec.Name = fmt.Sprintf("container-%d", containerCount.Add(1))
	}
	if spec.Image == "" {
		spec.Image = BusyboxImage
	}
	if len(spec.Args) == 0 {
		spec.Args = []string{"/probe", "pause"}
	}
	id, err := p.node.cri().CreateContainer(quiet(ctx), p.ID, containerConfig(p, spec), p.conf)
	if err != nil {
		return nil, fmt.Errorf("create container %q: %w", spec.Name, err)
	}
	return &Container{ID: id, pod: p, spec: spec}, nil
}

// Run creates a container and starts it.
func (p *Pod) Run(ctx context.Context, spec ContainerSpec) (*Container, error) {
	c, err := p.Create(ctx, spec)
	if err != nil {
		return nil, err
	}
	return c, c.Start(ctx)
}

func containerConfig(p *Pod, spec ContainerSpec) *runtimeapi.ContainerConfig {
	var mounts []*runtimeapi.Mount
	for _, m := range spec.Mounts {
		mount := &runtimeapi.Mount{HostPath: m.Host, ContainerPath: m.Container, Readonly: m.ReadOnly}
		if m.Bidirectional {
			mount.Propagation = runtimeapi.MountPropagation_PROPAGATION_BIDIRECTIONAL
		}
		mounts = append(mounts, mount)
	}
	return &runtimeapi.ContainerConfig{
		Metadata:    &runtimeapi.ContainerMetadata{Name: spec.Name, Attempt: spec.Attempt},
		Image:       &runtimeapi.ImageSpec{Image: spec.Image, UserSpecifiedImage: spec.ImageAsked},
		Command:     spec.Args,
		Labels:      spec.Labels,
		Annotations: spec.Annotations,
		Mounts:      mounts,
		LogPath:     logName(spec),
		Linux: &runtimeapi.LinuxContainerConfig{
			SecurityContext: &runtimeapi.LinuxContainerSecurityContext{
				Privileged:       spec.Privileged,
				Seccomp:          spec.Seccomp.profile,
				NoNewPrivs:       spec.NoNewPrivs,
				RunAsUser:        &runtimeapi.Int64Value{Value: spec.User},
				Capabilities:     &runtimeapi.Capability{AddCapabilities: spec.AddCapabilities, DropCapabilities: spec.DropCapabilities},
				NamespaceOptions: p.conf.Linux.SecurityContext.NamespaceOptions,
			},
		},
	}
}

func logName(spec ContainerSpec) string {
	return fmt.Sprintf("%s-%d.log", spec.Name, spec.Attempt)
}
