// Package denial turns the kernel's audit records of seccomp into denials of containers: which container of which rule
// made a call that its filter denied, and how often.
package denial
