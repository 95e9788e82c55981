// Package drift holds what runs on a node against what the policy says of it.
//
// Containers are found in three places that do not depend on one another: the state that containerd and its shims keep, the
// state that the OCI runtimes keep, and /proc, where also those are seen that came in by no engine. For each the policy in
// force decides again, on what is on record of the container and on what its configuration says, and the answer is compared
// with what the container has:
//
//	by the spec     its configuration, and from /proc the seccomp mode and the number of filters of every thread
//	by the kernel   the filters themselves, for which one thread of each process is stopped for a moment
//
// Unless the kernel is asked nothing is stopped, but by the daemon, and only where the program cannot see it: each filter is
// read once, and remembered. What cannot be told is unknown, with the reason.
package drift
