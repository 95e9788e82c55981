// Package shim is the runtime door: it stands in the place of an OCI runtime, takes its command line, decides on every container that is created, and executes the real runtime.
//
// create and run get the policy's filter in their bundle's configuration. restore, which takes a filter from a checkpoint,
// is refused where the policy enforces anything. Every other command is the real runtime's, byte for byte, and never reads
// the policy: a container can be stopped and deleted whatever happened to it.
//
// The process becomes the runtime (execve), so that descriptors, the terminal, signals and the exit status are the
// runtime's own. It runs for each command of each container: it links and does as little as it can.
package shim
