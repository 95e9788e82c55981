package cli

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"

	"go.yaml.in/yaml/v4"
)

// toYAML turns JSON into YAML with the same fields in the same order. Numbers stay as they were written.
func toYAML(text string) (string, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(escapeHidden(text, formYAML)), &doc); err != nil {
		return "", err
	}
	block(&doc)
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(&doc); err != nil {
		return "", err
	}
	if err := enc.Close(); err != nil {
		return "", err
	}
	return escapeHidden(out.String(), formYAML), nil
}

// block undoes JSON's style, but for texts that need quotes: only there can escapes stand.
func block(n *yaml.Node) {
	switch {
	case n.Kind == yaml.ScalarNode && strings.IndexFunc(n.Value, hidden) >= 0:
		n.Style = yaml.DoubleQuotedStyle
	case n.Kind == yaml.ScalarNode, len(n.Content) > 0:
		n.Style = 0
	}
	for _, c := range n.Content {
		block(c)
	}
}

// hidden reports whether a terminal does something else with a character than showing it. The line feeds of the form
// itself are no matter: in a text they are escaped already.
func hidden(r rune) bool {
	return r != '\n' && (!unicode.IsGraphic(r) || r == '\u2028' || r == '\u2029')
}

// escapeHidden replaces what a terminal would obey by escapes; in both forms such characters stand inside quotes only.
// The forms differ beyond the basic plane: JSON has pairs there, YAML a longer escape.
func escapeHidden(text, form string) string {
	if strings.IndexFunc(text, hidden) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case !hidden(r):
			b.WriteRune(r)
		case r > 0xffff && form == formYAML:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			for _, unit := range utf16.AppendRune(nil, r) {
				fmt.Fprintf(&b, `\u%04x`, unit)
			}
		}
	}
	return b.String()
}
