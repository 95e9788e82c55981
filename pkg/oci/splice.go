package oci

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// With returns the configuration with another filter and every other byte as it was. The result was read again in both ways
// in which runtimes read, and each finds the filter.
func (c *Config) With(filter *specs.LinuxSeccomp) ([]byte, error) {
	if filter == nil || filter.DefaultAction == "" {
		return nil, errors.New("put a filter into the configuration: it is empty, which runtimes take for none")
	}
	section, err := encode(filter)
	if err != nil {
		return nil, fmt.Errorf("put a filter into the configuration: %w", err)
	}
	out := c.splice(section)
	if err := verify(out, section); err != nil {
		return nil, fmt.Errorf("put a filter into the configuration: %w", err)
	}
	return out, nil
}

// Without returns the configuration with no filter and every other byte as it was, read again in the same way.
func (c *Config) Without() ([]byte, error) {
	null := []byte("null")
	out := c.splice(null)
	if err := verify(out, null); err != nil {
		return nil, fmt.Errorf("take the filter out of the configuration: %w", err)
	}
	return out, nil
}

// splice puts a text in the place of linux.seccomp.
func (c *Config) splice(section []byte) []byte {
	linux := member1(&c.top, "linux")
	if linux == nil {
		return c.insert(&c.top, "linux", slices.Concat([]byte(`{"seccomp":`), section, []byte("}")))
	}
	if linux.kind == kindNull {
		return c.replace(linux, slices.Concat([]byte(`{"seccomp":`), section, []byte("}")))
	}
	if seccomp := member1(linux, "seccomp"); seccomp != nil {
		return c.replace(seccomp, section)
	}
	return c.insert(linux, "seccomp", section)
}

// member1 is get that returns null as well.
func member1(v *value, key string) *value {
	for i := range v.members {
		if v.members[i].key == key {
			return &v.members[i].value
		}
	}
	return nil
}

func (c *Config) replace(v *value, by []byte) []byte {
	return slices.Concat(c.text[:v.start], by, c.text[v.end:])
}

// insert adds a first member to an object.
func (c *Config) insert(object *value, key string, v []byte) []byte {
	at := object.start + 1
	text := slices.Concat([]byte(`"`+key+`":`), v)
	if len(object.members) > 0 {
		text = append(text, ',')
	}
	return slices.Concat(c.text[:at], text, c.text[at:])
}

// verify reads a configuration as crun does, which takes the first key that is exactly equal, and as runc does, which folds
// case and takes the last, by the very package that runc uses.
func verify(text, section []byte) error {
	top, err := (&scanner{text: string(text), outline: true}).whole(keysOfSpec)
	if err != nil {
		return fmt.Errorf("read it again: %w", err)
	}
	linux := top.get("linux")
	if linux == nil {
		return errors.New("read it again: there is no linux")
	}
	if v := member1(linux, "seccomp"); v == nil || !bytes.Equal(text[v.start:v.end], section) {
		return errors.New("read it again: the first key is not the filter")
	}
	var folded struct {
		Linux struct {
			Seccomp json.RawMessage `json:"seccomp"`
		} `json:"linux"`
	}
	if err := json.Unmarshal(text, &folded); err != nil {
		return fmt.Errorf("read it again: %w", err)
	}
	if !bytes.Equal(folded.Linux.Seccomp, section) {
		return errors.New("read it again: the last key is not the filter")
	}
	return nil
}
