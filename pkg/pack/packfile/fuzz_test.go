package packfile_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/config"
	"github.com/seccompd/seccompd/pkg/pack"
	"github.com/seccompd/seccompd/pkg/pack/packfile"
	"github.com/seccompd/seccompd/pkg/profile"
)

// Whatever the text, there is a pack or an error of plain lines with their places, and what is accepted can be expanded.
func FuzzParse(f *testing.F) {
	files, err := fs.Glob(config.Packs, "packs/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no packs: %v", err)
	}
	for _, file := range files {
		data, err := config.Packs.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := packfile.Parse("f", data)
		if (p == nil) == (err == nil) {
			t.Fatalf("got %v and %v", p, err)
		}
		if err != nil {
			for _, line := range strings.Split(err.Error(), "\n") {
				if !strings.HasPrefix(line, "f:") || strings.ContainsAny(line, "\x1b\r\x00") {
					t.Fatalf("not a plain line with its place: %q", line)
				}
			}
			return
		}
		packs := map[string]*pack.Pack{p.Name: p}
		for _, part := range p.Includes {
			if packs[part] == nil {
				packs[part] = &pack.Pack{Name: part}
			}
		}
		e, err := pack.Expand([]profile.Call{{Names: []string{pack.Prefix + p.Name}}}, nil, packs)
		if err != nil {
			t.Fatal(err)
		}
		if len(e.Rules) == 0 && len(p.Denials) > 0 {
			t.Fatal("denials that deny nothing")
		}
	})
}
