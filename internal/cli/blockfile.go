package cli

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/internal/document/yamldoc"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/policy/policyfile"
)

// withDenial adds an entry to what the floor of a policy denies, and keeps every other byte.
func withDenial(name string, text []byte, c policy.Call) ([]byte, error) {
	root, err := yamldoc.Parse(name, text)
	if err != nil {
		return nil, err
	}
	out, err := inserted(root, text, entryText(c))
	if err != nil {
		return nil, err
	}
	return out, onlyAdds(name, text, out, c)
}

const byHand = "write it there yourself, and run 'seccompctl apply'"

func inserted(root *document.Node, text []byte, entry string) ([]byte, error) {
	floor := root.Lookup("floor")
	if floor == nil {
		if len(text) > 0 && text[len(text)-1] != '\n' {
			text = append(slices.Clone(text), '\n')
		}
		return fmt.Appendf(slices.Clip(text), "floor:\n  deny:\n  - %s\n", entry), nil
	}
	deny := floor.Lookup("deny")
	if deny == nil || len(deny.Items) == 0 {
		return nil, document.Errorf(floor, byHand, "the floor is not a list of calls to add to")
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	first := deny.Items[0]
	for _, n := range []*document.Node{deny, first} {
		if n.Line > len(lines) || n.Column > len(lines[n.Line-1]) {
			return nil, document.Errorf(n, byHand, "the floor is written in a way that cannot be changed in place")
		}
	}
	if line := lines[deny.Line-1]; line[deny.Column-1] == '[' {
		lines[deny.Line-1] = fmt.Appendf(slices.Clone(line[:deny.Column]), "%s, %s", entry, line[deny.Column:])
		return bytes.Join(lines, nil), nil
	}
	line := lines[first.Line-1]
	dash := bytes.LastIndexByte(line[:first.Column-1], '-')
	if dash < 0 || strings.TrimSpace(string(line[:dash])) != "" {
		return nil, document.Errorf(first, byHand, "the floor is written in a way that cannot be changed in place")
	}
	lines[first.Line-1] = fmt.Appendf(nil, "%s- %s\n%s", line[:dash], entry, line)
	return bytes.Join(lines, nil), nil
}

// entryText writes an entry in one line of YAML.
func entryText(c policy.Call) string {
	if len(c.Args) == 0 && !c.Timed() && len(c.Names) == 1 {
		return yamlWord(c.Names[0])
	}
	names := make([]string, len(c.Names))
	for i, n := range c.Names {
		names[i] = yamlWord(n)
	}
	fields := []string{"names: [" + strings.Join(names, ", ") + "]"}
	var args []string
	for _, a := range c.Args {
		arg := fmt.Sprintf("{index: %d, op: %s, value: %d", a.Index, a.Op, a.Value)
		if a.Op == policy.OpMaskedEQ {
			arg += fmt.Sprintf(", valueTwo: %d", a.ValueTwo)
		}
		args = append(args, arg+"}")
	}
	if len(args) > 0 {
		fields = append(fields, "args: ["+strings.Join(args, ", ")+"]")
	}
	if !c.AuditUntil.IsZero() {
		fields = append(fields, "auditUntil: "+c.AuditUntil.UTC().Format(time.RFC3339))
	}
	if !c.Until.IsZero() {
		fields = append(fields, "until: "+c.Until.UTC().Format(time.RFC3339))
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// yamlWord quotes what YAML would not take for a word: groups and packs have other characters.
func yamlWord(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == "" {
		return s
	}
	return fmt.Sprintf("%q", s)
}

// onlyAdds returns an error unless a policy's new text says what the old one does and the entry.
func onlyAdds(name string, before, after []byte, c policy.Call) error {
	was, err := policyfile.Parse(name, before)
	if err != nil {
		return err
	}
	is, err := policyfile.Parse(name, after)
	if err != nil {
		return fmt.Errorf("add to the floor: %w", err)
	}
	var had, has []policy.Call
	if was.Floor != nil {
		had = was.Floor.Deny
	}
	if is.Floor != nil {
		has = is.Floor.Deny
	}
	same := func(a, b policy.Call) bool { return entryText(a) == entryText(b) }
	rest := slices.Clone(has)
	if i := slices.IndexFunc(rest, func(o policy.Call) bool { return same(o, c) }); i >= 0 {
		rest = slices.Delete(rest, i, i+1)
	}
	if len(rest) != len(had) || len(has) != len(had)+1 || !slices.EqualFunc(rest, had, same) {
		return fmt.Errorf("%s: the floor is written in a way that cannot be changed in place (%s)", name, byHand)
	}
	return nil
}
