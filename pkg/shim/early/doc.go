//go:build !linux || !cgo

// Package early is the part of the runtime door that runs before Go does. This program is built without it.
package early
