package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// places are the directories of the search for runtimes, in the order of systemd's search path.
var places = []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}

// readRuntimes asks the runtimes that o names, or those that the search finds.
func (f *Facts) readRuntimes(ctx context.Context, o Options) error {
	for _, path := range o.Runtimes {
		r, err := readRuntime(ctx, path)
		if err != nil {
			return fmt.Errorf("read runtime %q: %w", path, err)
		}
		f.Runtimes = append(f.Runtimes, r)
	}
	if len(o.Runtimes) > 0 {
		return nil
	}
	for _, path := range search(places, []string{"runc", "crun"}) {
		r, err := readRuntime(ctx, path)
		if ctx.Err() != nil {
			return fmt.Errorf("read runtime %q: %w", path, ctx.Err())
		}
		if err != nil {
			f.Ignored = append(f.Ignored, Ignored{Path: path, Reason: err.Error()})
			continue
		}
		f.Runtimes = append(f.Runtimes, r)
	}
	return nil
}

// search returns the files of these names in dirs, by name and then by directory, each file once: /bin is often /usr/bin.
func search(dirs, names []string) []string {
	var paths []string
	var seen []os.FileInfo
	for _, name := range names {
		for _, dir := range dirs {
			path := filepath.Join(dir, name)
			info, err := os.Stat(path)
			if err != nil || !info.Mode().IsRegular() || slices.ContainsFunc(seen, func(s os.FileInfo) bool { return os.SameFile(s, info) }) {
				continue
			}
			seen = append(seen, info)
			paths = append(paths, path)
		}
	}
	return paths
}

// readRuntime runs a runtime and reads what it says of itself.
func readRuntime(ctx context.Context, path string) (Runtime, error) {
	real, err := trusted(path)
	if err != nil {
		return Runtime{}, err
	}
	version, err := output(ctx, nil, real, "--version")
	if err != nil {
		return Runtime{}, err
	}
	feats, err := output(ctx, nil, real, "features")
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Exited() {
		feats = nil // it has no such command
	} else if err != nil {
		return Runtime{}, err
	}
	r, err := ParseRuntime(version, feats)
	if err != nil {
		return Runtime{}, err
	}
	r.Path = path
	r.readLibrary(ctx, real)
	return r, nil
}
