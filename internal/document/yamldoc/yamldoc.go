// Package yamldoc reads YAML, and so JSON, into a document that remembers where each value stood.
package yamldoc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/seccompd/seccompd/internal/document"
)

// Parse reads one YAML document that fills the whole of data. Duplicate keys, several documents, anchors and aliases,
// merge keys, tags, and keys that are not strings are errors: a policy says everything where it stands.
func Parse(file string, data []byte) (*document.Node, error) {
	docs, err := ParseAll(file, data)
	if err != nil {
		return nil, err
	}
	switch len(docs) {
	case 0:
		return nil, &document.Error{File: file, Line: 1, Column: 1, Message: "the file is empty"}
	case 1:
		return docs[0], nil
	}
	return nil, document.Errorf(docs[1], "one file holds one document", "a second YAML document starts here")
}

// ParseAll is Parse for a stream of documents; empty ones are left out.
func ParseAll(file string, data []byte) ([]*document.Node, error) {
	if err := document.CheckText(file, data); err != nil {
		return nil, err
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var docs []*document.Node
	for {
		var root yaml.Node
		err := dec.Decode(&root)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return nil, syntaxError(file, data, err)
		}
		if root.Kind != yaml.DocumentNode || len(root.Content) == 0 {
			continue
		}
		n, err := convert(file, root.Content[0], 0)
		if err != nil {
			return nil, err
		}
		if n.Kind != document.Null {
			docs = append(docs, n)
		}
	}
}

func convert(file string, y *yaml.Node, depth int) (*document.Node, error) {
	n := &document.Node{File: file, Line: y.Line, Column: y.Column, Text: y.Value}
	if depth > document.MaxDepth {
		return nil, document.Errorf(n, "", "nested more than %d deep", document.MaxDepth)
	}
	if y.Anchor != "" || y.Kind == yaml.AliasNode {
		return nil, document.Errorf(n, "write the value out", "YAML anchors and aliases are not accepted")
	}
	switch y.Kind {
	case yaml.ScalarNode:
		return scalar(n, y)
	case yaml.SequenceNode:
		n.Kind = document.List
		for _, item := range y.Content {
			c, err := convert(file, item, depth+1)
			if err != nil {
				return nil, err
			}
			n.Items = append(n.Items, c)
		}
		return n, nil
	case yaml.MappingNode:
		return mapping(file, n, y, depth)
	default:
		return nil, document.Errorf(n, "", "not a value")
	}
}

func mapping(file string, n *document.Node, y *yaml.Node, depth int) (*document.Node, error) {
	n.Kind = document.Map
	seen := map[string]bool{}
	for i := 0; i+1 < len(y.Content); i += 2 {
		k := y.Content[i]
		at := &document.Node{File: file, Line: k.Line, Column: k.Column}
		switch {
		case k.Kind != yaml.ScalarNode || k.ShortTag() == "!!merge":
			return nil, document.Errorf(at, "write the fields out", "a key must be a plain string")
		case seen[k.Value]:
			return nil, document.Errorf(at, "keep one of them", "the key %q stands twice", k.Value)
		}
		seen[k.Value] = true
		v, err := convert(file, y.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		n.Fields = append(n.Fields, document.Field{Key: k.Value, Line: k.Line, Column: k.Column, Value: v})
	}
	return n, nil
}

func scalar(n *document.Node, y *yaml.Node) (*document.Node, error) {
	switch y.ShortTag() {
	case "!!null":
		n.Kind = document.Null
	case "!!bool":
		n.Kind = document.Bool
	case "!!int", "!!float":
		n.Kind = document.Number
	case "!!str", "!!timestamp":
		n.Kind = document.String
	default:
		return nil, document.Errorf(n, "remove the tag", "YAML tag %s is not accepted", y.Tag)
	}
	if n.Kind == document.Bool && n.Text != "true" && n.Text != "false" {
		return nil, document.Errorf(n, "write true or false, or quote it", "%q is an ambiguous boolean", n.Text)
	}
	return n, nil
}

// unprintable finds the character that YAML does not take, of which the parser does not say where it stands.
func unprintable(file string, data []byte) error {
	line, column := 1, 1
	for _, r := range string(data) {
		switch {
		case r == '\n':
			line, column = line+1, 1
			continue
		case r < ' ' && r != '\t' && r != '\r' || r >= 0x7f && r < 0xa0 && r != 0x85 || r == 0xfffe || r == 0xffff:
			return &document.Error{File: file, Line: line, Column: column, Message: fmt.Sprintf("not valid YAML: a control character (%U) stands here", r), Hint: "remove it, or write it as an escape in double quotes"}
		}
		column++
	}
	return nil
}

var linePrefix = regexp.MustCompile(`line (\d+)(?:, column (\d+))?[^:]*: (.*)`)

// syntaxError gives the parser's message the form of every other one.
func syntaxError(file string, data []byte, err error) error {
	if e := unprintable(file, data); e != nil {
		return e
	}
	e := &document.Error{File: file, Line: 1, Column: 1, Message: fmt.Sprintf("not valid YAML: %v", err)}
	if m := linePrefix.FindStringSubmatch(err.Error()); m != nil {
		e.Line, _ = strconv.Atoi(m[1])
		if m[2] != "" {
			e.Column, _ = strconv.Atoi(m[2])
		}
		e.Message = "not valid YAML: " + m[3]
	}
	if strings.Contains(e.Message, "did not find expected") && !strings.Contains(e.Message, "<document start>") {
		e.Hint = "look at the indentation, brackets and quotes of this line and of those before it"
	}
	return e
}
