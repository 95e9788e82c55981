package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// A result compares two things that were measured in turns.
type result struct {
	name              string
	measured, against time.Duration // medians
	// ratio is the median of the rounds' ratios, spread the half-width of its
	// 95 % confidence interval by the order statistics of those ratios.
	ratio, spread float64
	target        float64 // 0: none
}

// missed tells of a ratio that the target does not explain, nor chance.
func (r result) missed() bool { return r.target > 0 && r.ratio-r.spread > r.target }

// compare measures things in turns, shuffled anew for each round: what comes
// next finds caches warm, and the kernel still at work on what the one before
// left behind. The first round does not count.
func compare(ctx context.Context, title string, rounds int, things ...func(context.Context) (time.Duration, error)) ([][]time.Duration, error) {
	progress := newProgress(title, rounds+1)
	defer progress.done()
	took := make([][]time.Duration, len(things))
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same orders each time
	for round := range rounds + 1 {
		for _, i := range random.Perm(len(things)) {
			d, err := things[i](ctx)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", title, err)
			}
			if round > 0 {
				took[i] = append(took[i], d)
			}
		}
		progress.step()
	}
	return took, nil
}

// paired compares two of the things that took turns.
func paired(name string, measured, against []time.Duration, target float64) result {
	ratios := make([]float64, len(measured))
	for i := range measured {
		ratios[i] = float64(measured[i]) / float64(against[i])
	}
	slices.Sort(ratios)
	// The ranks between which the true median is with 95 %: n/2 +- 0.98 sqrt(n).
	n := float64(len(ratios))
	reach := 0.98 * math.Sqrt(n)
	low := ratios[max(0, int(n/2-reach))]
	high := ratios[min(len(ratios)-1, int(n/2+reach))]
	return result{name, median(measured), median(against), ratios[len(ratios)/2], (high - low) / 2, target}
}

func median(d []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(d))
	return sorted[len(sorted)/2].Round(time.Microsecond)
}
