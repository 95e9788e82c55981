// Package integration_test proves, in real containers, what seccompd does. The
// kernel is the judge: a probe in the container makes raw calls and prints what
// it was told. Nothing here skips: a part that is missing fails the run.
package integration_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"testing"

	"github.com/seccompd/seccompd/integration/node"
)

func TestMain(m *testing.M) {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		starting.Lock() // what is being started is, and nothing else any more
		closeNodes()
		if scratch != nil {
			_ = scratch.Close()
		}
		os.Exit(130)
	}()
	if os.Getenv("SECCOMPD_TEST_VICTIM") != "" {
		os.Exit(runVictim())
	}
	os.Exit(runAll(m))
}

// scratch is where what tests make outside of nodes is.
var scratch *node.Scratch

// starting is held while a node, a host or the scratch directory is being started.
var starting sync.RWMutex

func runAll(m *testing.M) int {
	starting.RLock()
	var err error
	scratch, err = node.NewScratch()
	starting.RUnlock()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if err := errors.Join(closeNodes(), scratch.Close()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// nodes are those that run now; TestMain closes what is left of them.
var nodes struct {
	sync.Mutex
	all    []*node.Node
	shared *node.Node
}

func closeNodes() error {
	nodes.Lock()
	defer nodes.Unlock()
	closeHosts()
	var first error
	for _, n := range nodes.all {
		if err := n.Close(); err != nil && first == nil {
			first = err
		}
	}
	nodes.all = nil
	return first
}

// newNode starts a node for one test.
func newNode(t *testing.T, options node.Options) *node.Node {
	t.Helper()
	starting.RLock()
	defer starting.RUnlock()
	n, err := node.Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	nodes.Lock()
	nodes.all = append(nodes.all, n)
	nodes.Unlock()
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// sharedNode returns the node without plugins that tests share which only
// create containers of their own. It ends with the run.
func sharedNode(t *testing.T) *node.Node {
	t.Helper()
	nodes.Lock()
	defer nodes.Unlock()
	if nodes.shared == nil {
		n, err := node.Start(context.Background(), node.Options{})
		if err != nil {
			t.Fatal(err)
		}
		nodes.shared = n
		nodes.all = append(nodes.all, n)
	}
	return nodes.shared
}

// runPod runs a pod that is removed when the test ends.
func runPod(t *testing.T, n *node.Node, spec node.PodSpec) *node.Pod {
	t.Helper()
	pod, err := n.RunPod(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pod.Remove(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return pod
}
