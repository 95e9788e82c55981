package syscalls

import "github.com/seccompd/seccompd/internal/document"

// Suggest returns the known name nearest to one that is not known, for an error message, or "" if none is near.
func Suggest(name string) string { return document.Closest(name, names[:]) }
