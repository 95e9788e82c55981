package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/integration/sample"
)

// A pod is a row of the table: what a pod spec says.
type pod struct {
	name string
	pod  node.PodSpec
	spec node.ContainerSpec
}

// Every container gets CAP_SYS_BOOT, for kexec_load alone: without it the
// kernel answers EPERM as a filter does, and nobody could tell the two apart.
func pods(n *node.Node) ([]pod, error) {
	path, err := n.WriteProfile("all-but-chmod.json", sample.L())
	if err != nil {
		return nil, err
	}
	prod := node.PodSpec{Namespace: "prod"}
	rows := []pod{
		{name: "Unconfined", spec: node.ContainerSpec{Seccomp: node.Unconfined}},
		{name: "RuntimeDefault", spec: node.ContainerSpec{Seccomp: node.RuntimeDefault}},
		{name: "unset", spec: node.ContainerSpec{}},
		{name: "Localhost (no chmod)", spec: node.ContainerSpec{Seccomp: node.Localhost(path)}},
		{name: "privileged", pod: node.PodSpec{Privileged: true}, spec: node.ContainerSpec{Privileged: true}},
		{name: "Unconfined in prod", pod: prod, spec: node.ContainerSpec{Seccomp: node.Unconfined}},
	}
	for i := range rows {
		rows[i].spec.AddCapabilities = []string{"SYS_BOOT"}
	}
	return rows, nil
}

// A call is a column: a word of the probe and what it is for a reader.
type call struct{ word, title string }

var calls = []call{
	{"unshare", "unshare"},
	{"mount", "mount"},
	{"ptrace", "ptrace"},
	{"kexec_load", "kexec_load"},
	{"clone-newuser", "clone(CLONE_NEWUSER)"},
}

// A row is what one pod was told; refused is why it has no container.
type row struct {
	pod     pod
	mode    int
	answers node.Answers
	refused error
}

// ask creates each pod with a container and asks the kernel from inside it.
func ask(ctx context.Context, n *node.Node, pods []pod) ([]row, error) {
	var rows []row
	for _, p := range pods {
		row, err := askOne(ctx, n, p)
		if err != nil {
			return nil, fmt.Errorf("ask in pod %q: %w", p.name, err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func askOne(ctx context.Context, n *node.Node, p pod) (r row, err error) {
	r.pod = p
	sandbox, err := n.RunPod(ctx, p.pod)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, sandbox.Remove(context.WithoutCancel(ctx))) }()
	c, err := sandbox.Create(ctx, p.spec)
	if err != nil {
		r.refused = err
		return r, nil
	}
	if err := c.Start(ctx); err != nil {
		return r, err
	}
	kernel, err := c.Kernel(ctx)
	if err != nil {
		return r, err
	}
	r.mode = kernel.Mode
	var words []string
	for _, call := range calls {
		words = append(words, call.word)
	}
	r.answers, err = c.Probe(ctx, words...)
	return r, err
}

// judge returns what the kernel itself answers in a container with the same
// capabilities and no filter. An answer that differs from it is a filter's.
func judge(ctx context.Context, n *node.Node, pods []pod) (map[string]node.Answers, error) {
	judges := map[string]node.Answers{}
	for _, p := range pods {
		p.spec.Seccomp = node.Unconfined
		row, err := askOne(ctx, n, p)
		if err != nil {
			return nil, err
		}
		if row.refused != nil || row.mode != 0 {
			return nil, fmt.Errorf("ask without a filter: Seccomp: %d: %w", row.mode, row.refused)
		}
		for word, answer := range row.answers {
			if answer.NoCap {
				return nil, fmt.Errorf("ask without a filter: %s answered %v", word, answer)
			}
		}
		judges[p.name] = row.answers
	}
	return judges, nil
}
