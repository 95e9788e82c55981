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

// printTable prints for each pod, and each call, what became of it before and
// after. own are the kernel's answers where no filter is.
func printTable(out io.Writer, own map[string]node.Answers, before, after []row) {
	fmt.Fprintln(out, "Before → after, as the kernel answers in a container of each pod. yes: the call came through to it.")
	fmt.Fprintf(out, "An errno: a filter said so. Seccomp is the line of /proc/PID/status, where 2 is a filter.\n\n")
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "  POD\tSeccomp")
	for _, call := range calls {
		fmt.Fprint(table, "\t", call.title)
	}
	fmt.Fprintln(table)
	for i, b := range before {
		a := after[i]
		own := own[b.pod.name]
		fmt.Fprintf(table, "  %s\t%s → %s", b.pod.name, mode(b), mode(a))
		for _, call := range calls {
			fmt.Fprintf(table, "\t%s → %s", verdict(b, call, own), verdict(a, call, own))
		}
		fmt.Fprintln(table)
	}
	table.Flush()
	fmt.Fprintf(out, "\n%s\n", footnote(own[before[0].pod.name]))
	for _, r := range slices.Concat(before, after) {
		if r.refused != nil {
			_, why, _ := strings.Cut(r.refused.Error(), "seccompd refused")
			fmt.Fprintf(out, "%s: seccompd refused%s\n", r.pod.name, why)
		}
	}
}

func mode(r row) string {
	if r.refused != nil {
		return "-"
	}
	return strconv.Itoa(r.mode)
}

// verdict compares an answer with the kernel's own.
func verdict(r row, c call, own node.Answers) string {
	answer := r.answers[c.word]
	switch {
	case r.refused != nil:
		return "refused"
	case answer.Errno() == own[c.word].Errno() && answer.Signal == own[c.word].Signal:
		return "yes"
	}
	return answer.String()
}

// footnote tells what the kernel itself says, to calls that are harmless
// nonsense on purpose.
func footnote(own node.Answers) string {
	var says []string
	for _, call := range calls {
		says = append(says, fmt.Sprintf("%s %v", call.title, own[call.word]))
	}
	return "The kernel itself says, to arguments that do no harm: " + strings.Join(says, ", ") + "."
}

func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ") + "\n"
}
