// Package config is what seccompd installs and carries, as data.
package config

import "embed"

// Profiles are the built-in profiles: profiles/NAME.json, in Docker's dialect for its comments.
//
//go:embed profiles
var Profiles embed.FS

// Packs are the bundles of denials: packs/NAME.yaml.
//
//go:embed packs
var Packs embed.FS
