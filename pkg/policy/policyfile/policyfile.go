// Package policyfile reads a policy from YAML, strictly: whatever is not understood is an error with its place and a hint.
package policyfile

import (
	"cmp"
	"errors"
	"slices"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/internal/document/yamldoc"
	"github.com/seccompd/seccompd/pkg/policy"
)

// Parse reads a policy, for which file is the name in messages. The error joins everything that is wrong with it, in the
// order of the file, one *document.Error each. A policy that is returned has passed (*policy.Policy).Validate.
func Parse(file string, data []byte) (*policy.Policy, error) {
	root, err := yamldoc.Parse(file, data)
	if err != nil {
		return nil, err
	}
	f := &parser{broken: map[string]bool{}}
	p := f.policy(root)
	p.File = file
	for _, found := range p.Validate() {
		// What could not be decoded is missing, and to say so again would only confuse.
		if !f.broken[found.Part] {
			f.errs = append(f.errs, &document.Error{
				File: file, Line: found.Position.Line, Column: found.Position.Column, Message: found.Message, Hint: found.Hint,
			})
		}
	}
	if len(f.errs) > 0 {
		return nil, joined(f.errs)
	}
	return p, nil
}

func joined(errs []*document.Error) error {
	slices.SortStableFunc(errs, func(a, b *document.Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	list := make([]error, len(errs))
	for i, e := range errs {
		list[i] = e
	}
	return errors.Join(list...)
}

// parser decodes a policy part by part and remembers which parts had errors.
type parser struct {
	errs   []*document.Error
	broken map[string]bool
}

// part decodes one part of the policy with a decoder of its own.
func (f *parser) part(name string, decode func(d *document.Decoder)) {
	var d document.Decoder
	decode(&d)
	found := flatten(d.Err())
	if len(found) > 0 {
		f.broken[name] = true
	}
	f.errs = append(f.errs, found...)
}

func flatten(err error) []*document.Error {
	if err == nil {
		return nil
	}
	if e, ok := err.(*document.Error); ok { //nolint:errorlint // the decoder's own errors, taken apart here
		return []*document.Error{e}
	}
	var out []*document.Error
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			out = append(out, flatten(e)...)
		}
	}
	return out
}
