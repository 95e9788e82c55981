package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/internal/document"
)

// The forms of an answer. Those of one verb alone are in its annotation formsKey.
const (
	formTable = "table"
	formJSON  = "json"
	formYAML  = "yaml"
	formsKey  = "seccompctl/forms"
)

func forms(cmd *cobra.Command) []string {
	list := []string{formTable, formJSON, formYAML}
	if more := cmd.Annotations[formsKey]; more != "" {
		list = append(list, more)
	}
	return list
}

func (c *console) checkForm(cmd *cobra.Command) error {
	list := forms(cmd)
	if slices.Contains(list, c.form) {
		return nil
	}
	u := &usageError{message: fmt.Sprintf("--output cannot be %q", c.form), hint: "one of " + strings.Join(list, ", ")}
	if near := document.Closest(c.form, list); near != "" {
		u.hint = fmt.Sprintf("did you mean %q?", near)
	}
	return u
}

func completeForm(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	return forms(cmd), cobra.ShellCompDirectiveNoFileComp
}

// answer is what a verb found out. Its fields are those of the JSON form.
type answer interface {
	// table writes the answer for people.
	table(t *table)
}

// print writes an answer in the form that was asked for.
func (c *console) print(a answer) error {
	if c.form == formTable {
		t := &table{}
		a.table(t)
		return t.flush(c.out)
	}
	return c.printData(a)
}

// printData writes any value as JSON or YAML.
func (c *console) printData(v any) error {
	var text strings.Builder
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	out := escapeHidden(text.String(), formJSON)
	if c.form == formYAML {
		var err error
		if out, err = toYAML(text.String()); err != nil {
			return fmt.Errorf("write the answer: %w", err)
		}
	}
	if _, err := io.WriteString(c.out, out); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}
