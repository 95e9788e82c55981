package config

import "embed"

// Containerd are the drop-ins for containerd's configuration: containerd/audit.toml as it is, and containerd/enforce.toml as
// a text/template.
//
//go:embed containerd
var Containerd embed.FS
