// Bench measures what seccompd costs where containers are created: ratios of
// medians of runs that take turns, on one machine, in one go. It ends with 1
// where a ratio misses its target by more than the spread that it measured.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"text/tabwriter"

	"github.com/sirupsen/logrus"
)

func main() {
	rounds := flag.Int("rounds", 60, "rounds of each comparison in a real containerd")
	door := flag.Bool("runtime", false, "measure the runtime door instead of NRI's")
	flag.Parse()
	logrus.SetOutput(io.Discard) // what NRI's runtime side says
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	measure := run
	if *door {
		measure = runtimeDoor
	}
	results, err := measure(ctx, *rounds)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	if !show(results) {
		os.Exit(1)
	}
}

func run(ctx context.Context, rounds int) (results []result, err error) {
	b := &bench{rounds: rounds}
	defer func() {
		if closing := b.close(); err == nil {
			err = closing
		}
	}()
	if err := b.start(ctx); err != nil {
		return nil, err
	}
	for _, part := range []func(context.Context) ([]result, error){b.request, b.create, b.run, b.runc, b.storm} {
		more, err := part(ctx)
		if err != nil {
			return nil, err
		}
		results = append(results, more...)
	}
	return results, nil
}

// show prints the results and tells whether all targets were met.
func show(results []result) bool {
	ok := true
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "WHAT\tMEASURED\tAGAINST\tRATIO\tSPREAD\tTARGET\t")
	for _, r := range results {
		target, verdict := "-", ""
		if r.target > 0 {
			target, verdict = fmt.Sprintf("<= %.2f", r.target), "ok"
			if r.missed() {
				verdict, ok = "MISSED", false
			}
		}
		fmt.Fprintf(w, "%s\t%v\t%v\t%.3f\t%.3f\t%s\t%s\n", r.name, r.measured, r.against, r.ratio, r.spread, target, verdict)
	}
	_ = w.Flush()
	return ok
}
