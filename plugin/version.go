package main

import "runtime/debug"

// release is set by the linker (-X main.release=v1.2.3).
var release string

// version returns the release, or what Go recorded of the source.
func version() string {
	if release != "" {
		return release
	}
	b, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range b.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	return b.Main.Version
}
