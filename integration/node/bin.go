package node

import (
	"fmt"
	"os"
	"path/filepath"
)

// BinDir returns the directory where integration/build.sh puts the binaries:
// .build/bin beside the integration directory, found from the working
// directory upwards. SECCOMPD_BIN names another one.
func BinDir() (string, error) {
	if dir := os.Getenv("SECCOMPD_BIN"); dir != "" {
		return dir, nil
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find .build/bin: %w", err)
	}
	for ; dir != "/"; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "integration", "build.sh")); err == nil {
			return filepath.Join(dir, ".build", "bin"), nil
		}
	}
	return "", fmt.Errorf("find .build/bin: no integration/build.sh in any parent directory")
}

// Binary returns the path of a binary in BinDir. A part that is missing is an
// error that says how to make it, never a reason to skip.
func Binary(name string) (string, error) {
	dir, err := BinDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("find the real part %q: %w (run integration/build.sh)", name, err)
	}
	return path, nil
}
