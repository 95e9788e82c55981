// Package handoff keeps the records that one door leaves for the next: what it knew of a container that both decide on.
//
// NRI knows the labels of a pod, its image and what it asked for; the runtime door knows capabilities and the whole
// configuration. Where both are in place the NRI door leaves a record, and the runtime door decides once more, on what both
// know, with the filter that the container had before either of them as the current one.
//
// A record hands on knowledge, never permission: it says what a container is and not what it may do, and the policy is asked
// again. It counts only for the container that it names, for a while, and where the filter in the bundle is the one that the
// record says was installed. Records lie in a directory of root's in /run, where nothing survives the machine.
package handoff
