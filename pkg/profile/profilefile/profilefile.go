// Package profilefile reads profiles from text in any dialect, YAML included, and from the directories of a node.
package profilefile

import (
	"bytes"

	"github.com/seccompd/seccompd/internal/document/yamldoc"
	"github.com/seccompd/seccompd/pkg/profile"
)

// Parse reads a profile. Text that starts with a brace is JSON, any other is YAML; the dialect shows in the fields. The
// name of the file is used in messages and in Profile.Name. A base (SPO's baseProfileName) is left to profile.Join.
func Parse(file string, data []byte) (*profile.Profile, error) {
	text := bytes.TrimLeft(data, " \t\r\n")
	if len(text) == 0 || text[0] == '{' {
		return profile.ParseJSON(file, data)
	}
	n, err := yamldoc.Parse(file, data)
	if err != nil {
		return nil, err
	}
	return profile.Decode(n)
}
