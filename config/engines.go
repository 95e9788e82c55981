package config

import "embed"

// Engines are what engines are told of the runtime door, as text/templates: podman/seccompd.conf for podman, and
// systemd/engine.conf for the units of Docker and containerd.
//
//go:embed podman systemd/engine.conf
var Engines embed.FS
