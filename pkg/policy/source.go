package policy

import (
	"fmt"
	"strconv"
	"strings"
)

// Position is a place in the policy's file; both count from 1. The zero Position is of a policy that was not read from one.
type Position struct {
	Line   int
	Column int
}

// MarshalText writes "line:column", so that a stored policy of ten thousand rules stays small.
func (p Position) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%d:%d", p.Line, p.Column), nil
}

// UnmarshalText reads what MarshalText writes.
func (p *Position) UnmarshalText(text []byte) error {
	l, c, ok := strings.Cut(string(text), ":")
	line, err1 := strconv.Atoi(l)
	column, err2 := strconv.Atoi(c)
	if !ok || err1 != nil || err2 != nil {
		return fmt.Errorf("decode position: %q is not line:column", text)
	}
	*p = Position{Line: line, Column: column}
	return nil
}

// Source says where a part of the policy, and each of its fields, stood in the file.
type Source struct {
	Position Position `json:"position,omitzero"`
	// Fields has the position of each field's value by its name in YAML, and of a list's third item as "name[2]".
	Fields map[string]Position `json:"fields,omitempty"`
}

// At returns the position of a field; of a list item that has none, the list's; of a field that has none, the part's own.
func (s Source) At(field string) Position {
	if p, ok := s.Fields[field]; ok {
		return p
	}
	if name, _, ok := strings.Cut(field, "["); ok {
		return s.At(name)
	}
	return s.Position
}
