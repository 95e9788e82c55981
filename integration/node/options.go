package node

import "time"

// Options are the choices that a test has about a node. The zero value is a
// node as a distribution ships it, with NRI on and nothing that fails closed.
type Options struct {
	// Old runs the distribution's containerd instead, a 1.6, and its runc: it knows no NRI, and its shims have its own environment.
	// Of the other options it takes NativeSnapshots and ShimEnv.
	Old bool

	// RequiredPlugins are the NRI plugins without which containerd's own
	// validator refuses every container. None switches that validator off.
	RequiredPlugins []string

	// NoNRI switches NRI off, as on a node whose owner does not want it.
	NoNRI bool

	// NRIRequestTimeout is how long containerd waits for a plugin's answer
	// before it disconnects it; 2 s where zero, containerd's default.
	NRIRequestTimeout time.Duration

	// UnsetSeccompProfile is what containerd gives to a container that asks
	// for nothing: "" (no filter) or "runtime/default".
	UnsetSeccompProfile string

	// Handlers are further runtime handlers: a name, as a RuntimeClass would
	// name it, and the absolute path of an OCI runtime.
	Handlers map[string]string

	// PassAnnotations are patterns of annotations which containerd passes on
	// from pods and containers to the OCI spec.
	PassAnnotations []string

	// Network lets pods have a network namespace of their own, with nothing in it.
	Network bool

	// NativeSnapshots makes containerd copy files instead of using overlayfs.
	// It is chosen by itself where overlayfs does not work.
	NativeSnapshots bool

	// ShimEnv is added to the environment of containerd's shims, which look for
	// the runtime in its PATH where a client names none.
	ShimEnv []string

	// Config is TOML that is added to containerd's configuration.
	Config string
}
