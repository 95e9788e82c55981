package workload

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// State says what a door knows of an attribute.
type State uint8

// The states. Unknown is the zero value, so that what nobody filled in is never taken for an answer.
const (
	// StateUnknown: the attribute exists, and this door cannot see it.
	StateUnknown State = iota
	// StateAbsent: this workload has no such thing, as a Docker container has no pod. A match on it is false.
	StateAbsent
	// StateKnown: the attribute has a value, which may be empty.
	StateKnown
)

// String returns the word that messages and documents use.
func (s State) String() string {
	switch s {
	case StateKnown:
		return "known"
	case StateAbsent:
		return "absent"
	case StateUnknown:
	}
	return "unknown"
}

// Attr is an attribute of a workload that is known, absent or unknown. The zero Attr is unknown.
type Attr[T any] struct {
	state State
	value T
}

// Known returns an attribute with a value.
func Known[T any](v T) Attr[T] { return Attr[T]{state: StateKnown, value: v} }

// Absent returns an attribute that the workload does not have.
func Absent[T any]() Attr[T] { return Attr[T]{state: StateAbsent} }

// Unknown returns an attribute that the door cannot see.
func Unknown[T any]() Attr[T] { return Attr[T]{} }

// State returns whether the attribute is known, absent or unknown.
func (a Attr[T]) State() State { return a.state }

// Value returns the value and true if the attribute is known, and the zero value and false otherwise.
func (a Attr[T]) Value() (T, bool) { return a.value, a.state == StateKnown }

// Or returns the value if the attribute is known, and otherwise v.
func (a Attr[T]) Or(v T) T {
	if a.state == StateKnown {
		return a.value
	}
	return v
}

// attrJSON is the form of a known attribute in JSON. An absent one is the string "absent", an unknown one is null.
type attrJSON[T any] struct {
	Value T `json:"value"`
}

// MarshalJSON writes {"value": …} for a known attribute, "absent" for an absent one and null for an unknown one.
func (a Attr[T]) MarshalJSON() ([]byte, error) {
	switch a.state {
	case StateKnown:
		return json.Marshal(attrJSON[T]{a.value})
	case StateAbsent:
		return []byte(`"absent"`), nil
	case StateUnknown:
	}
	return []byte("null"), nil
}

// UnmarshalJSON reads what MarshalJSON writes, and refuses everything else.
func (a *Attr[T]) UnmarshalJSON(data []byte) error {
	switch {
	case bytes.Equal(data, []byte("null")):
		*a = Unknown[T]()
		return nil
	case bytes.Equal(data, []byte(`"absent"`)):
		*a = Absent[T]()
		return nil
	}
	var none T
	if empty, err := json.Marshal(attrJSON[T]{none}); err == nil && bytes.Equal(data, empty) {
		*a = Known(none) // also where it is written as null, as a map without entries is
		return nil
	}
	var v struct {
		Value *T `json:"value"`
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		return fmt.Errorf("decode attribute: %w", err)
	}
	if v.Value == nil {
		return fmt.Errorf("decode attribute: neither null, %q nor an object with a value", "absent")
	}
	*a = Known(*v.Value)
	return nil
}
