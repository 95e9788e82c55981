package cli

import (
	"bytes"
	"strings"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/internal/document/yamldoc"
	"github.com/seccompd/seccompd/pkg/policy"
)

// withMode replaces the one word of a policy that is its mode, and keeps every other byte.
func withMode(name string, text []byte, mode policy.Mode) ([]byte, error) {
	root, err := yamldoc.Parse(name, text)
	if err != nil {
		return nil, err
	}
	n := root.Lookup("mode")
	if n == nil || n.Kind != document.String {
		return nil, document.Errorf(root, "mode: audit, or mode: enforce", "the policy has no mode")
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	if n.Line > len(lines) || n.Column > len(lines[n.Line-1]) {
		return nil, document.Errorf(n, "change it yourself, and run 'seccompctl apply'", "the mode is written in a way that cannot be changed in place")
	}
	line := string(lines[n.Line-1])
	head, rest := line[:n.Column-1], line[n.Column-1:]
	quote := ""
	if rest[0] == '"' || rest[0] == '\'' {
		quote = rest[:1]
	}
	tail, ok := strings.CutPrefix(rest, quote+n.Text+quote)
	if !ok {
		return nil, document.Errorf(n, "change it yourself, and run 'seccompctl apply'", "the mode is written in a way that cannot be changed in place")
	}
	lines[n.Line-1] = []byte(head + quote + string(mode) + quote + tail)
	return bytes.Join(lines, nil), nil
}
