package main

import (
	"flag"
	"strings"
	"testing"
)

var (
	pairs     = flag.Int("pairs", 120, "random pairs")
	filters   = flag.Int("filters", 16, "filters that each runtime loads")
	shippedOn = flag.String("shipped", "amd64,arm64", "machines for which all shipped filters are proved")
	stop      = flag.Bool("stop", false, "stop at the first pair that is wrong")
)

func TestShippedPairs(t *testing.T) {
	var r result
	if err := r.shipped(strings.FieldsFunc(*shippedOn, func(c rune) bool { return c == ',' })); err != nil {
		t.Fatal(err)
	}
	r.written()
	r.check(t)
	if r.overBudget+r.separated > 0 {
		t.Errorf("%d pairs over budget, %d separated: what ships must be exact", r.overBudget, r.separated)
	}
}

func TestRandomPairs(t *testing.T) {
	var r result
	s := r.random(*pairs, 7, -1, *stop).shares
	r.check(t)
	if !s.met() && !*stop {
		t.Errorf("too few of the pairs are hard: %+v", s)
	}
}

func (r *result) check(t *testing.T) {
	t.Helper()
	t.Logf("%d pairs, %d calls: %d weaker, %d tighter, %d misread, %d failed; %d over budget", r.pairs, r.calls, r.weaker, r.tighter, r.misread, r.failed, r.overBudget)
	for _, line := range r.first {
		t.Error(line)
	}
	if r.bad() {
		t.Fail()
	}
}
