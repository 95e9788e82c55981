// Mutants shows that the proof and the kernel tests of integration/proof can fail. It builds their test program once for each of
// a list of faults in pkg/algebra, put into the build by an overlay so that no file changes, and runs both: each has to
// notice. It prints a table, and exits 1 if a fault goes unnoticed or the tests fail without one.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"time"
)

func main() {
	only := flag.String("only", "", "apply the faults whose names contain this")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	survived, err := run(ctx, *only)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(2)
	}
	if survived {
		os.Exit(1)
	}
}

// suites are the tests that must fail, each in its own way.
var suites = []struct{ name, tests string }{
	{"proof", "^(TestRandomPairs|TestShippedPairs)$"},
	{"kernel", "^(TestLoadedByRuntimes|TestDenialOfCallsThatLibseccompDoesNotKnow|TestNumberIsLoadedInTheKernel)$/^(runc)?$"},
}

func run(ctx context.Context, only string) (survived bool, err error) {
	dir, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	fmt.Printf("%-34s %-9s %-9s %s\n", "fault", "proof", "kernel", "what the proof says first")
	killed := 0
	chosen := []fault{{name: "none"}}
	for _, f := range faults {
		if strings.Contains(f.name, only) {
			chosen = append(chosen, f)
		}
	}
	for i, f := range chosen {
		fmt.Fprintf(os.Stderr, "%d of %d: %s\n", i, len(chosen)-1, f.name)
		if err := f.build(ctx, dir); err != nil {
			return false, fmt.Errorf("fault %q: %w", f.name, err)
		}
		var noticed [2]bool
		var says string
		for i, s := range suites {
			ok, out, err := test(ctx, dir, s.tests)
			if err != nil {
				return false, fmt.Errorf("fault %q: %s: %w", f.name, s.name, err)
			}
			noticed[i] = !ok
			if !ok && (i == 0 || f.name == "none") {
				says = first(out)
			}
		}
		fmt.Printf("%-34s %-9s %-9s %s\n", f.name, word(noticed[0]), word(noticed[1]), says)
		switch {
		case f.name == "none" && (noticed[0] || noticed[1]):
			return false, errors.New("the tests fail without any fault")
		case f.name != "none" && noticed[0] && noticed[1]:
			killed++
		}
	}
	fmt.Printf("%d of %d faults noticed by both\n", killed, len(chosen)-1)
	return killed < len(chosen)-1, nil
}

func word(noticed bool) string {
	if noticed {
		return "noticed"
	}
	return "passes"
}

// test runs some of the tests that were built. An error says that they could not be run.
func test(ctx context.Context, dir, tests string) (passed bool, output string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, dir+"/proof.test", "-test.run", tests, "-pairs", "150", "-filters", "25", "-shipped", "", "-stop")
	cmd.Dir = "proof"
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = 5 * time.Second
	err = cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && ctx.Err() == nil {
		return false, out.String(), nil
	}
	return err == nil, out.String(), errors.Join(err, ctx.Err())
}

// first returns the first thing that a test complained of.
func first(output string) string {
	for line := range strings.Lines(output) {
		if _, what, ok := strings.Cut(line, "_test.go:"); ok && !strings.Contains(what, " pairs, ") {
			_, what, _ = strings.Cut(strings.TrimSpace(what), ": ")
			return what[:min(len(what), 110)]
		}
	}
	return ""
}
