// Package packfile reads packs from text, and those that seccompd carries.
package packfile

import (
	"fmt"
	"path"
	"strings"
	"sync"

	"github.com/seccompd/seccompd/config"
	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/internal/document/yamldoc"
	"github.com/seccompd/seccompd/pkg/pack"
)

// Parse reads a pack. Every error has its place in the file, and is a line.
func Parse(file string, data []byte) (*pack.Pack, error) {
	n, err := yamldoc.Parse(file, data)
	if err != nil {
		return nil, err
	}
	d := &decoder{}
	p := d.pack(n)
	if err := d.Err(); err != nil {
		return nil, err
	}
	return p, nil
}

// Load returns the packs of config/packs by name. They are read once, shared by all callers, and must not be changed.
func Load() (map[string]*pack.Pack, error) { return load() }

var load = sync.OnceValues(func() (map[string]*pack.Pack, error) {
	entries, err := config.Packs.ReadDir("packs")
	if err != nil {
		return nil, fmt.Errorf("list packs: %w", err)
	}
	out := map[string]*pack.Pack{}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".yaml")
		if !ok {
			continue
		}
		data, err := config.Packs.ReadFile(path.Join("packs", e.Name()))
		if err != nil {
			return nil, fmt.Errorf("read pack %q: %w", name, err)
		}
		p, err := Parse(e.Name(), data)
		if err != nil {
			return nil, fmt.Errorf("read pack %q: %w", name, err)
		}
		if p.Name != name {
			return nil, fmt.Errorf("read pack %q: its name is %q", name, p.Name)
		}
		out[name] = p
	}
	for _, p := range out {
		for _, part := range p.Includes {
			if _, ok := out[part]; !ok {
				return nil, fmt.Errorf("read pack %q: it includes %q, which is not there", p.Name, part)
			}
		}
	}
	return out, nil
})

// decoder adds to a document's decoder what packs have.
type decoder struct{ document.Decoder }

// need decodes a text that must be there, on one line.
func (d *decoder) need(o *document.Object, key string) string {
	n := o.Take(key)
	if n == nil && o.Node != nil {
		d.Errorf(o.Node, "", "%s is missing", key)
	}
	return d.text(n, key)
}

// text decodes a sentence, folded to one line.
func (d *decoder) text(n *document.Node, what string) string {
	return strings.Join(strings.Fields(d.String(n, what)), " ")
}
