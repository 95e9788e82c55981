// Package oci reads the configuration of an OCI container (config.json) without losing a byte that it does not understand, says which workload it describes, and puts another seccomp filter into it.
//
// An engine writes into a bundle what its client sent, so a configuration is hostile text. The runtimes do not agree on how
// to read it: runc folds the case of keys and lets the last of several win, crun takes the first exact one; a NUL ends a
// string for one of them, text after the end is read by neither or refused. What they could read differently is refused
// here as a whole, and what is left is changed in one place, by bytes, and read again in both ways.
//
//	b, err := oci.OpenBundle("/run/containerd/…/ID")
//	c, err := b.Read()
//	w := c.Workload(oci.Origin{Namespace: "default"})
//	text, err := c.With(filter)
//	err = b.Replace(text)
package oci
