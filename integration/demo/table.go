package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/seccompd/seccompd/integration/node"
)

// A half is what all pods were told, before seccompd or after.
type half struct {
	when string
	rows []row
}

// printTable prints the halves side by side: for each pod a line for each half,
// with the Seccomp: line of /proc, then yes or no for each call with the
// kernel's answer.
func printTable(out io.Writer, judges map[string]node.Answers, halves ...half) {
	fmt.Fprintln(out, "yes: the kernel itself answered; the errno is what it says to harmless nonsense.")
	fmt.Fprintf(out, "no:  a filter answered, with this errno. Seccomp: is the line of /proc, 2 a filter.\n\n")
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "  POD\t\tSeccomp:")
	for _, call := range calls {
		fmt.Fprint(table, "\t", call.title)
	}
	fmt.Fprintln(table)
	var refusals []string
	for i := range halves[0].rows {
		for j, half := range halves {
			row := half.rows[i]
			name := row.pod.name
			if j > 0 {
				name = ""
			}
			fmt.Fprintf(table, "  %s\t%s\t%s\n", name, half.when, strings.Join(cells(row, judges[row.pod.name]), "\t"))
			if row.refused != nil {
				refusals = append(refusals, fmt.Sprintf("%s was refused: %v", row.pod.name, row.refused))
			}
		}
	}
	table.Flush()
	for _, refusal := range refusals {
		fmt.Fprintf(out, "\n%s\n", refusal)
	}
}

// cells are what a row says under Seccomp: and under each call.
func cells(r row, own node.Answers) []string {
	if r.refused != nil {
		return append([]string{"-"}, slices.Repeat([]string{"refused"}, len(calls))...)
	}
	cells := []string{strconv.Itoa(r.mode)}
	for _, call := range calls {
		cells = append(cells, verdict(r.answers[call.word], own[call.word]))
	}
	return cells
}

// verdict compares an answer with the kernel's own.
func verdict(answer, own node.Answer) string {
	word := "no"
	if answer.Errno() == own.Errno() && answer.Signal == own.Signal {
		word = "yes"
	}
	if answer.String() == "ok" {
		return word
	}
	return fmt.Sprintf("%s (%v)", word, answer)
}

func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ") + "\n"
}
