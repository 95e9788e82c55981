package engineconf

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/seccompd/seccompd/internal/version"
)

// MinimumVersion is the first containerd that takes a seccomp filter from an NRI plugin.
const MinimumVersion = "2.2"

// ErrTooOld is the error for a containerd that cannot take a seccomp filter from a plugin.
var ErrTooOld = errors.New("containerd is too old")

// Version returns the version that the containerd program prints, such as "2.4.2", and ErrTooOld with what was found and what
// is needed where that is older than MinimumVersion.
func (c Containerd) Version(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, c.Binary, "--version").Output()
	if err != nil {
		return "", fmt.Errorf("run %s --version: %w", c.Binary, withStderr(err))
	}
	found, err := parseVersion(string(out))
	if err != nil {
		return found, fmt.Errorf("%s: %w", c.Binary, err)
	}
	return found, nil
}

// parseVersion reads "containerd MODULE VERSION REVISION"; distributions write a "v" before the version or not.
func parseVersion(line string) (string, error) {
	words := strings.Fields(line)
	if len(words) < 3 || words[0] != "containerd" {
		return "", fmt.Errorf("%q is not how containerd prints its version", strings.TrimSpace(line))
	}
	v, ok := version.Parse(words[2])
	if !ok {
		return "", fmt.Errorf("%q is not how containerd prints its version", strings.TrimSpace(line))
	}
	found := strings.TrimPrefix(words[2], "v")
	if v.Before(2, 2, 0) {
		return found, fmt.Errorf("%w: found %s, and seccompd needs %s or later", ErrTooOld, found, MinimumVersion)
	}
	return found, nil
}

// withStderr adds the last line that a program wrote to the error that it ended with.
func withStderr(err error) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	said := strings.TrimSpace(string(exit.Stderr))
	if i := strings.LastIndexByte(said, '\n'); i >= 0 {
		said = said[i+1:]
	}
	if said == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, said)
}
