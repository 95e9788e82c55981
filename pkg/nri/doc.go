// Package nri is the door to containers of the CRI: a plugin of the Node Resource Interface of containerd and CRI-O.
//
// It describes each container to an engine as one enforce.Request and turns the Outcome into an adjustment. It decides
// nothing itself. What it cannot answer is refused: a panic, a call that takes too long, a filter that NRI would distort,
// and a container whose pending filter is not the one decided on.
package nri
