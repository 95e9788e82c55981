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
	for name, make := range map[string]func() (*profile.Profile, error){"containerd": containerd, "docker": docker} {
		p, err := make()
		if err != nil {
			return fmt.Errorf("make the default of %s: %w", name, err)
		}
		text, err := json.MarshalIndent(p, "", " ")
		if err != nil {
			return fmt.Errorf("encode the default of %s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(out, name+".json"), append(text, '\n'), 0o644); err != nil {
			return fmt.Errorf("write the default of %s: %w", name, err)
		}
	}
	return nil
}
