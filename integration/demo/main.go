// Demo shows what a real container may ask of the kernel before and after
// seccompd: pods as a kubelet would create them on a real containerd, with the
// kernel's own answers to five calls that a container should not be making.
//
// Run it from the integration directory, as root, after integration/build.sh:
//
//	go run ./demo
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/seccompd/seccompd/integration/node"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	n, err := node.Start(ctx, node.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()

	pods, err := pods(n)
	if err != nil {
		return err
	}
	say("asking without seccompd")
	judges, err := judge(ctx, n, pods)
	if err != nil {
		return err
	}
	before, err := ask(ctx, n, pods)
	if err != nil {
		return err
	}
	say("asking with seccompd")
	if err := enforce(ctx, n); err != nil {
		return fmt.Errorf("put seccompd on the node: %w", err)
	}
	after, err := ask(ctx, n, pods)
	if err != nil {
		return err
	}
	fmt.Printf("The policy of this node:\n\n%s\n", indent(policyText))
	printTable(os.Stdout, judges, before, after)
	return nil
}

func say(what string) { fmt.Fprintln(os.Stderr, "demo:", what) }
