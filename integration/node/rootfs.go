package node

import (
	"fmt"
	"os"
	"path/filepath"
)

// BusyboxRootfs writes the files of the busybox image as one tar file, which `docker import` and `podman import` read, and returns
// its path.
func BusyboxRootfs(dir string) (string, error) {
	image, err := busyboxImage()
	if err != nil {
		return "", err
	}
	layer, err := layerOf(image)
	if err != nil {
		return "", fmt.Errorf("make a root file system: %w", err)
	}
	path := filepath.Join(dir, "rootfs.tar")
	if err := os.WriteFile(path, layer, 0o644); err != nil {
		return "", fmt.Errorf("make a root file system: %w", err)
	}
	return path, nil
}
