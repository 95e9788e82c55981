package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

func (r *result) print(title string) {
	fmt.Printf("%s: %d pairs, %d calls: %d weaker, %d tighter, %d misread, %d failed\n", title, r.pairs, r.calls, r.weaker, r.tighter, r.misread, r.failed)
	fmt.Printf("  on record: %d pairs tighter (%d calls), %d denials renumbered; over budget: %d pairs (%.1f %%); separated: %d; inverted: %d\n",
		r.recorded, r.excused, r.renumbered, r.overBudget, percent(r.overBudget, r.pairs), r.separated, r.inverted)
	fmt.Printf("  %.1f rules a filter; slowest compilation %s\n", float64(r.rules)/float64(max(r.pairs, 1)), r.slowest.Round(time.Millisecond))
	for _, line := range r.first {
		fmt.Println("  " + line)
	}
}

func (s shares) print() {
	fmt.Printf("shares: several arguments %.0f %%, values over 32 bits %.0f %%, overlapping %.0f %%, a default of ALLOW %.0f %%, conditions %.0f %%\n",
		percent(s.severalArguments, s.pairs), percent(s.high, s.pairs), percent(s.overlapping, s.pairs), percent(s.allowDefault, s.pairs), percent(s.conditional, s.pairs))
	fmt.Printf("  wanted are at least 30, 30, 30 and 10 %%: %t\n", s.met())
}

func percent(n, of int) float64 { return 100 * float64(n) / float64(max(of, 1)) }

// show prints a pair and what it is met to.
func show(p pair) {
	out, rec, _, err := met(p)
	for name, v := range map[string]any{"a": p.a, "b": p.b, "met": out, "record": rec, "lenient": p.lenient, "abis": p.abis, "error": fmt.Sprint(err)} {
		text, _ := json.Marshal(v)
		fmt.Fprintf(os.Stderr, "%s: %s\n", name, text)
	}
}
