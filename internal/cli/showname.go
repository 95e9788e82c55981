package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/profile/profilefile"
)

const runtimeDefaultName = "runtime-default"

// profile finds a profile by the names that every verb knows: "-", builtin/NAME, runtime-default, runtime-default@VERSION,
// a file, and a name in the profile directories.
func (c *console) profile(name string) (*profile.Profile, error) {
	short, builtin := strings.CutPrefix(name, "builtin/")
	switch {
	case name == "-":
		data, err := io.ReadAll(io.LimitReader(c.in, document.MaxSize+1))
		if err != nil {
			return nil, fmt.Errorf("read standard input: %w", err)
		}
		return c.parse(stdinName, data)
	case builtin:
		if p, ok := profile.Builtin(short); ok {
			return p, nil
		}
		return nil, noSuch(name, newVersionAnswer().Builtins)
	case name == runtimeDefaultName || strings.HasPrefix(name, runtimeDefaultName+"@"):
		return runtimeDefaultNamed(name)
	}
	data, err := readFile(name)
	if err == nil {
		return c.parse(name, data)
	}
	if !errors.Is(err, fs.ErrNotExist) || strings.HasPrefix(name, "/") || strings.HasPrefix(name, ".") {
		return nil, fmt.Errorf("read profile: %w", err)
	}
	store, err := profilefile.OpenStore(c.profiles)
	if err != nil {
		return nil, err
	}
	defer func() { _ = store.Close() }()
	p, err := store.Load(name)
	if errors.Is(err, fs.ErrNotExist) && document.Closest(name, []string{runtimeDefaultName}) != "" {
		return nil, noSuch(name, []string{runtimeDefaultName})
	}
	return p, err
}

// parse reads a profile and joins it to its base.
func (c *console) parse(name string, data []byte) (*profile.Profile, error) {
	p, err := profilefile.Parse(name, data)
	if err != nil {
		return nil, err
	}
	return c.join(p)
}

// join joins a profile to its base, which is looked for in the profile directories.
func (c *console) join(p *profile.Profile) (*profile.Profile, error) {
	if p.Base == "" {
		return p, nil
	}
	store, err := profilefile.OpenStore(c.profiles)
	if err != nil {
		return nil, err
	}
	defer func() { _ = store.Close() }()
	return profile.Join(p, func(base string) (*profile.Profile, error) {
		if short, ok := strings.CutPrefix(base, "builtin/"); ok {
			if p, ok := profile.Builtin(short); ok {
				return p, nil
			}
		}
		for _, ext := range []string{"", ".yaml", ".yml"} {
			if p, err := store.Load(base + ext); err == nil || !errors.Is(err, fs.ErrNotExist) {
				return p, err
			}
		}
		return store.Load(base + ".json")
	})
}

// runtimeDefaultNamed finds a runtime default by its engine ("@docker") or its version ("@containerd-2.4.2", "@containerd-2.1").
func runtimeDefaultNamed(name string) (*profile.Profile, error) {
	_, version, _ := strings.Cut(name, "@")
	var names []string
	for _, d := range newVersionAnswer().RuntimeDefaults {
		if version == "" || version == string(d.Engine) {
			return profile.RuntimeDefault(d.Engine), nil
		}
		names = append(names, runtimeDefaultName+"@"+string(d.Engine))
	}
	if p, ok := profile.RuntimeDefaultVersion(version); ok {
		return p, nil
	}
	for _, v := range profile.RuntimeDefaultVersions() {
		names = append(names, runtimeDefaultName+"@"+v)
	}
	return nil, noSuch(name, names)
}

func noSuch(name string, names []string) error {
	hint := "there are " + strings.Join(names, ", ")
	if near := document.Closest(name, names); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return &usageError{message: fmt.Sprintf("no profile is named %q", name), hint: hint}
}
