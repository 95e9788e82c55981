package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"unicode/utf8"
)

// ParseJSON reads one JSON value that fills the whole of data. Duplicate keys, trailing data, invalid UTF-8, files over
// MaxSize and nesting over MaxDepth are errors. Keys are compared exactly.
func ParseJSON(file string, data []byte) (*Node, error) {
	if err := CheckText(file, data); err != nil {
		return nil, err
	}
	p := &jsonParser{file: file, data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	p.dec.UseNumber()
	for i, c := range data {
		if c == '\n' {
			p.newlines = append(p.newlines, i)
		}
	}
	n, err := p.value(0)
	if err != nil {
		return nil, err
	}
	end := int(p.dec.InputOffset())
	if at := len(data) - len(bytes.TrimLeft(data[end:], " \t\r\n")); at < len(data) {
		return nil, p.errorAt(at, "remove what follows", "text after the end of the JSON value")
	}
	return n, nil
}

// CheckText refuses a file that is too large, is not UTF-8 text, or starts with a byte order mark, which the JSON readers of
// the runtimes refuse too. Both syntaxes ask it first.
func CheckText(file string, data []byte) error {
	if len(data) > MaxSize {
		return &Error{File: file, Message: fmt.Sprintf("the file has %d bytes, more than the %d that are read", len(data), MaxSize), Hint: "split it, or check that it is the right file"}
	}
	if !utf8.Valid(data) {
		return &Error{File: file, Message: "the file is not UTF-8 text", Hint: "save it as UTF-8"}
	}
	if bytes.HasPrefix(data, []byte("\ufeff")) {
		return &Error{File: file, Line: 1, Column: 1, Message: "the file starts with a byte order mark", Hint: "save it as UTF-8 without one"}
	}
	return nil
}

type jsonParser struct {
	file     string
	data     []byte
	dec      *json.Decoder
	newlines []int
}

// skip returns the offset of the next byte of a token at or after off.
func (p *jsonParser) skip(off int64) int {
	i := int(off)
	for i < len(p.data) && bytes.IndexByte([]byte(" \t\r\n,:"), p.data[i]) >= 0 {
		i++
	}
	return i
}

func (p *jsonParser) position(off int) (line, column int) {
	i := sort.SearchInts(p.newlines, off)
	start := 0
	if i > 0 {
		start = p.newlines[i-1] + 1
	}
	return i + 1, off - start + 1
}

func (p *jsonParser) errorAt(off int, hint, format string, args ...any) *Error {
	l, c := p.position(off)
	return &Error{File: p.file, Line: l, Column: c, Message: fmt.Sprintf(format, args...), Hint: hint}
}

func (p *jsonParser) token() (json.Token, int, error) {
	at := p.skip(p.dec.InputOffset())
	tok, err := p.dec.Token()
	if err == nil {
		return tok, at, nil
	}
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, at, p.errorAt(len(p.data), "is it complete?", "the JSON ends too early")
	case errors.As(err, &syntax):
		off := max(int(syntax.Offset)-1, at)
		return nil, at, p.errorAt(min(off, len(p.data)), "", "not valid JSON: %v", syntax)
	}
	return nil, at, p.errorAt(at, "", "not valid JSON: %v", err)
}

func (p *jsonParser) node(kind Kind, at int, text string) *Node {
	l, c := p.position(at)
	return &Node{Kind: kind, File: p.file, Line: l, Column: c, Text: text}
}

func (p *jsonParser) value(depth int) (*Node, error) {
	tok, at, err := p.token()
	if err != nil {
		return nil, err
	}
	switch v := tok.(type) {
	case nil:
		return p.node(Null, at, "null"), nil
	case bool:
		return p.node(Bool, at, fmt.Sprint(v)), nil
	case json.Number:
		return p.node(Number, at, v.String()), nil
	case string:
		return p.node(String, at, v), nil
	case json.Delim:
		if depth >= MaxDepth {
			return nil, p.errorAt(at, "", "nested more than %d deep", MaxDepth)
		}
		if v == '[' {
			return p.list(at, depth)
		}
		return p.object(at, depth)
	}
	return nil, p.errorAt(at, "", "not valid JSON")
}

func (p *jsonParser) list(at, depth int) (*Node, error) {
	n := p.node(List, at, "")
	for p.dec.More() {
		item, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		n.Items = append(n.Items, item)
	}
	_, _, err := p.token()
	return n, err
}

func (p *jsonParser) object(at, depth int) (*Node, error) {
	n := p.node(Map, at, "")
	seen := map[string]bool{}
	for p.dec.More() {
		tok, keyAt, err := p.token()
		if err != nil {
			return nil, err
		}
		key, ok := tok.(string)
		if !ok {
			return nil, p.errorAt(keyAt, "", "not valid JSON: a key must be a string")
		}
		if seen[key] {
			return nil, p.errorAt(keyAt, "keep one of them", "the key %q stands twice", key)
		}
		seen[key] = true
		value, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		l, c := p.position(keyAt)
		n.Fields = append(n.Fields, Field{Key: key, Line: l, Column: c, Value: value})
	}
	_, _, err := p.token()
	return n, err
}
