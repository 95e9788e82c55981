// Package document is a parsed YAML or JSON file that remembers where each value stood, and its strict decoding.
//
// Both syntaxes become one tree of Nodes, so that a policy, a pod and a profile are decoded by the same rules: an unknown
// field, a duplicate key and a wrong type are errors with file, line, column and a hint. The package itself reads JSON;
// YAML is read by its sub-package yamldoc, so that programs that never read YAML do not link a YAML parser.
package document

import (
	"fmt"
	"strings"
)

// Limits of what is read, against files made to exhaust memory.
const (
	// MaxSize is the size of the largest file that is parsed, in bytes.
	MaxSize = 4 << 20
	// MaxDepth is how deep lists and maps may nest.
	MaxDepth = 64
)

// Kind is the type of a Node's value.
type Kind uint8

// The kinds.
const (
	Null Kind = iota
	Bool
	Number
	String
	List
	Map
)

// String names the kind as error messages do.
func (k Kind) String() string {
	switch k {
	case Null:
		return "null"
	case Bool:
		return "a boolean"
	case Number:
		return "a number"
	case String:
		return "a string"
	case List:
		return "a list"
	case Map:
		return "a map"
	}
	return "an unknown kind of value"
}

// Node is one value of a document. Line and Column count from 1, Column in bytes.
type Node struct {
	Kind   Kind
	File   string
	Line   int
	Column int
	// Text is a scalar as it was written: "true", "0x10", or a string without its quotes.
	Text string
	// Items are the members of a List, Fields those of a Map in the order of the file. No two Fields have one Key.
	Items  []*Node
	Fields []Field
}

// Field is one member of a Map. Line and Column are those of the key.
type Field struct {
	Key    string
	Line   int
	Column int
	Value  *Node
}

// Lookup returns the value of a map's key, or nil.
func (n *Node) Lookup(key string) *Node {
	if n == nil {
		return nil
	}
	for _, f := range n.Fields {
		if f.Key == key {
			return f.Value
		}
	}
	return nil
}

// Error is one thing wrong with a document: what, where, why, and what to do.
type Error struct {
	File    string
	Line    int
	Column  int
	Message string
	// Hint is what to write instead; "" where there is nothing to suggest.
	Hint string
	// Rule is the lint rule that the error belongs to; "" for what is no such rule's.
	Rule string
}

// Error returns one line: "file:line:column: message (hint)".
func (e *Error) Error() string {
	s := e.File
	if e.Line > 0 {
		s += fmt.Sprintf(":%d:%d", e.Line, e.Column)
	}
	s += ": " + e.Message
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// Errorf returns an Error at a node. The hint may be "".
func Errorf(n *Node, hint, format string, args ...any) *Error {
	e := &Error{Message: shorten(fmt.Sprintf(format, args...)), Hint: shorten(hint)}
	if n != nil {
		e.File, e.Line, e.Column = n.File, n.Line, n.Column
	}
	return e
}

// maxText is how much of a message is shown, in bytes: what a document says can be as long as the document.
const maxText = 400

// shorten cuts a text to about maxText, between characters.
func shorten(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "") + "…"
}
