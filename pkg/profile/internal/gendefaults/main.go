// Command gendefaults writes the runtime defaults of containerd and Docker as profiles.
//
// It is a module of its own so that the users of seccompd's packages do not depend on containerd.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/seccompd/seccompd/pkg/profile"
)

func main() {
	out := flag.String("out", "", "directory to write to")
	flag.Parse()
	if err := run(*out); err != nil {
		fmt.Fprintln(os.Stderr, "gendefaults:", err)
		os.Exit(1)
	}
}

func run(out string) error {
	newestContainerd, newestDocker, err := newest()
	if err != nil {
		return err
	}
	e, err := newEvaluator(append([]release{newestContainerd, newestDocker}, releases...))
	if err != nil {
		return err
	}
	defer func() { _ = e.close() }()
	last := map[bool]*profile.Profile{}
	for name, r := range map[string]release{"containerd": newestContainerd, "docker": newestDocker} {
		p, err := makeDefault(e, r)
		if err != nil {
			return err
		}
		text, err := json.MarshalIndent(p, "", " ")
		if err != nil {
			return fmt.Errorf("encode the default of %s: %w", name, err)
		}
		if err := write(out, name+".json", append(text, '\n')); err != nil {
			return err
		}
		last[r.docker] = p
	}
	var deltas []delta
	for _, r := range releases {
		p, err := makeDefault(e, r)
		if err != nil {
			return err
		}
		d, err := newDelta(p, last[r.docker], strings.TrimSuffix(r.module+"@"+r.version+"/"+r.dir, "/"))
		if err != nil {
			return err
		}
		deltas, last[r.docker] = append(deltas, d), p
	}
	text, err := writeDeltas(deltas)
	if err != nil {
		return err
	}
	return write(out, "versions.json", text)
}

func makeDefault(e *evaluator, r release) (p *profile.Profile, err error) {
	if r.docker {
		p, err = docker(e, r)
	} else {
		p, err = containerd(e, r)
	}
	if err != nil {
		return nil, fmt.Errorf("make the default of %s: %w", r.name, err)
	}
	return p, nil
}

func write(dir, name string, text []byte) error {
	if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
		return fmt.Errorf("write the defaults: %w", err)
	}
	return nil
}
