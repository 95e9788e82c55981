// Proof holds pkg/algebra against the real libseccomp: it meets pairs of filters, has the library compile what Emit
// writes as runc would, runs the program that comes out over every system call and the arguments at which an answer may
// change, and compares with an oracle that evaluates both inputs by their rules, one call at a time.
//
// The oracle shares no code with the algebra: no cubes, no diagrams, its own tables of multiplexers and its own order of
// answers. What both use is pkg/syscalls, the numbers and the widths of arguments, which that package's tests hold against
// the kernel.
package main
