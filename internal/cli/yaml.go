package cli

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf16"

	"go.yaml.in/yaml/v4"
)

// toYAML turns JSON into YAML with the same fields in the same order. Numbers stay as they were written.
func toYAML(text string) (string, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
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
	return escapeHidden(out.String()), nil
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

// escapeHidden replaces what a terminal would obey by the escapes of JSON, which YAML has too. In both such characters
// stand inside quotes only.
func escapeHidden(text string) string {
	if strings.IndexFunc(text, hidden) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if !hidden(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			const hex = "0123456789abcdef"
			b.WriteString(`\u`)
			for shift := 12; shift >= 0; shift -= 4 {
				b.WriteByte(hex[unit>>shift&0xf])
			}
		}
	}
	return b.String()
}
