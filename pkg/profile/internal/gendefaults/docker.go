package main

import (
	"encoding/json"
	"fmt"

	"github.com/moby/profiles/seccomp"

	"github.com/seccompd/seccompd/pkg/profile"
)

// docker reads Docker's default with our own parser of its dialect.
func docker() (*profile.Profile, error) {
	text, err := json.Marshal(seccomp.DefaultProfile())
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	p, err := profile.ParseJSON("default.json", text)
	if err != nil {
		return nil, err
	}
	version, err := moduleVersion("github.com/moby/profiles/seccomp")
	if err != nil {
		return nil, err
	}
	p.Name, p.Findings = "runtime-default@moby-profiles-"+version, nil
	for i := range p.Rules {
		p.Rules[i].Comment, p.Rules[i].Line = "", 0
	}
	return p, nil
}
