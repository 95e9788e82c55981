// Package node runs a real containerd node of its own, for the integration
// tests and the demo: containerd, its shim and runc as integration/build.sh
// made them, in a directory, with sockets and under a cgroup that nothing else
// uses. Pods are driven over CRI as a kubelet drives them, with host networking
// and no CNI; images are made on the spot and nothing is pulled.
//
// A Node belongs to the process that started it. Close takes away everything
// that it left on the machine; what a killed process left is taken away by the
// next Start.
package node
