package policy

import (
	"strings"

	"github.com/seccompd/seccompd/pkg/workload"
)

// Table returns what a door sees of each field on each engine, as a table in Markdown.
func Table(door workload.Door) string {
	var b strings.Builder
	var cols []int
	b.WriteString("| field |")
	for i, c := range columns {
		if c.door == door {
			cols = append(cols, i)
			b.WriteString(" " + c.title + " |")
		}
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(cols)) + "\n")
	for _, row := range sights {
		b.WriteString("| " + rowTitle(row.field) + " |")
		for _, i := range cols {
			b.WriteString(" " + cell(row.field, i) + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func cell(f Field, col int) string {
	if columns[col].closed {
		return "–"
	}
	return sightOf(f, col).String()
}

func rowTitle(f Field) string {
	switch f { //nolint:exhaustive // every other field is named as it is written
	case FieldImages:
		return "`images`, names"
	case FieldImageDigests:
		return "`images`, digests"
	case FieldCurrent:
		return "the current filter"
	}
	return "`" + string(f) + "`"
}
