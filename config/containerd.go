package config

import "embed"

// Containerd are the drop-ins for containerd's configuration: containerd/audit.toml as it is, containerd/enforce.toml and
// containerd/runtime.toml as text/templates.
//
//go:embed containerd
var Containerd embed.FS
