// Package workload describes a container about to be created, as one engine-independent value whose attributes are known, absent or unknown.
package workload

// Workload is one container about to be created, as the door that intercepted it sees it.
//
// Every attribute that a policy can match on is an Attr: the zero Workload is one of which nothing is known.
// A Workload is data; nothing in this module changes one after a door has built it.
type Workload struct {
	// ID is the container's id at its engine, and PodID the id of its pod's sandbox ("" where there is none).
	// They name the container in records and are not matched on.
	ID    string `json:"id,omitempty"`
	PodID string `json:"podID,omitempty"`
	// PodUID is the UID of the pod at the API server, for records only.
	PodUID string `json:"podUID,omitempty"`

	Door   Door         `json:"door"`
	Engine Attr[Engine] `json:"engine"`
	// ContainerdNamespace is containerd's own namespace ("k8s.io", "default", "moby"), not a pod's.
	ContainerdNamespace Attr[string] `json:"containerdNamespace"`
	// Namespace, Pod and Container are Kubernetes names.
	Namespace Attr[string] `json:"namespace"`
	Pod       Attr[string] `json:"pod"`
	Container Attr[string] `json:"container"`
	// Image is the reference that the engine names, ImageDigest the digest of the image ("sha256:…").
	Image       Attr[string] `json:"image"`
	ImageDigest Attr[string] `json:"imageDigest"`

	Labels      Attr[map[string]string] `json:"labels"`
	PodLabels   Attr[map[string]string] `json:"podLabels"`
	Annotations Attr[map[string]string] `json:"annotations"`

	RuntimeHandler Attr[string] `json:"runtimeHandler"`
	// Requested is the set of requests that the workload may have made; it is never empty. One member: the request is
	// known. All of them: nothing is known about it.
	Requested Requests `json:"requested"`
	// LocalhostProfile is the name that a Localhost request gave; absent for every other request.
	LocalhostProfile Attr[string] `json:"localhostProfile"`

	Privileged Attr[bool] `json:"privileged"`
	// Capabilities is the bounding set that the container starts with.
	Capabilities Attr[Capabilities] `json:"capabilities"`
	// User is the uid of the container's first process, in the container's user namespace.
	User           Attr[uint32]         `json:"user"`
	HostNamespaces Attr[HostNamespaces] `json:"hostNamespaces"`
	// Kinds is the set of kinds that the container may be of; it is never empty.
	Kinds Kinds `json:"kinds"`
}

// Door is a way in which containers are created and intercepted.
type Door string

// The doors.
const (
	DoorNRI     Door = "nri"
	DoorRuntime Door = "runtime"
	DoorHook    Door = "hook"
)

// Doors lists every door, in the order in which they are always named.
func Doors() []Door { return []Door{DoorNRI, DoorRuntime, DoorHook} }

// Engine is what a container's client speaks to. A container belongs to exactly one.
type Engine string

// The engines. Kubernetes is any client of the CRI, on containerd or CRI-O; Containerd is every other client of
// containerd than CRI, nerdctl and Docker.
const (
	EngineKubernetes Engine = "kubernetes"
	EngineContainerd Engine = "containerd"
	EngineNerdctl    Engine = "nerdctl"
	EngineDocker     Engine = "docker"
	EnginePodman     Engine = "podman"
)

// Engines lists every engine, in the order in which they are always named.
func Engines() []Engine {
	return []Engine{EngineKubernetes, EngineContainerd, EngineNerdctl, EngineDocker, EnginePodman}
}
