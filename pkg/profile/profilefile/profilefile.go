// Package profilefile reads profiles from text in any dialect, YAML included, and from the directories of a node.
package profilefile

import (
	"bytes"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/internal/document/yamldoc"
	"github.com/seccompd/seccompd/pkg/profile"
)

// Parse reads a profile. Text that starts with a brace is JSON, any other is YAML; the dialect shows in the fields. The
// name of the file is used in messages and in Profile.Name. A base (SPO's baseProfileName) is left to profile.Join.
func Parse(file string, data []byte) (*profile.Profile, error) {
	n, err := Document(file, data)
	if err != nil {
		return nil, err
	}
	return profile.Decode(n)
}

// Document reads what Parse decodes, with the place of every value.
func Document(file string, data []byte) (*document.Node, error) {
	text := bytes.TrimLeft(data, " \t\r\n")
	switch {
	case len(text) == 0:
		return nil, &document.Error{File: file, Line: 1, Column: 1, Message: "the file is empty"}
	case text[0] == '{':
		return document.ParseJSON(file, data)
	}
	return yamldoc.Parse(file, data)
}
