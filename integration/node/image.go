package node

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// The names of the two images that every node has.
const (
	BusyboxImage = "seccompd.test/busybox:1"
	PauseImage   = "seccompd.test/pause:1"
)

// An Image is made of files and nothing else.
type Image struct {
	// Ref is the name with a tag: "seccompd.test/busybox:1".
	Ref string
	// Files are the contents by absolute path; every one is executable, and
	// directories are made as needed.
	Files map[string][]byte
	// Links are symbolic links: path to target.
	Links map[string]string
	// Dirs are empty directories.
	Dirs []string
	// Entrypoint is what a container runs that names no command.
	Entrypoint []string
}

// busyboxApplets are the commands that tests use in a shell.
var busyboxApplets = []string{"sh", "cat", "chmod", "echo", "env", "id", "ls", "mkdir", "mount", "rm", "sleep", "touch", "true", "unshare", "wget"}

func busyboxImage() (Image, error) {
	busybox, err := os.ReadFile("/bin/busybox")
	if err != nil {
		return Image{}, fmt.Errorf("read busybox-static: %w (run integration/deps.sh)", err)
	}
	image, err := pauseImage()
	if err != nil {
		return Image{}, err
	}
	image.Ref = BusyboxImage
	image.Files["/bin/busybox"] = busybox
	image.Files["/etc/passwd"] = []byte("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n")
	image.Links = map[string]string{}
	for _, applet := range busyboxApplets {
		image.Links[path.Join("/bin", applet)] = "busybox"
	}
	image.Dirs = append(image.Dirs, "/tmp", "/root", "/host")
	return image, nil
}

// pauseImage has the probe, which reaps and waits as the pause program does.
func pauseImage() (Image, error) {
	file, err := Binary("probe")
	if err != nil {
		return Image{}, err
	}
	probe, err := os.ReadFile(file)
	if err != nil {
		return Image{}, fmt.Errorf("read the probe: %w", err)
	}
	return Image{
		Ref:        PauseImage,
		Files:      map[string][]byte{"/probe": probe},
		Dirs:       []string{"/proc", "/sys", "/dev"},
		Entrypoint: []string{"/probe", "pause"},
	}, nil
}

// Import makes the images, hands them to containerd, and waits until CRI knows
// them: its image store follows containerd's with a small delay.
func (n *Node) Import(ctx context.Context, images ...Image) error {
	file := n.path("import.tar")
	if err := writeArchive(file, images); err != nil {
		return fmt.Errorf("make images: %w", err)
	}
	defer os.Remove(file)
	if _, err := n.Ctr(ctx, "images", "import", "--snapshotter", n.snapshotter(), file); err != nil {
		return fmt.Errorf("import images: %w", err)
	}
	for _, image := range images {
		if _, err := n.ImageDigest(ctx, image.Ref); err != nil {
			return fmt.Errorf("import image %q: %w", image.Ref, err)
		}
	}
	return nil
}

// ImageDigest waits until CRI knows an image and returns its id: the digest of
// its configuration.
func (n *Node) ImageDigest(ctx context.Context, ref string) (string, error) {
	ctx, cancel := context.WithTimeout(quiet(ctx), patience)
	defer cancel()
	for {
		answer, err := n.clients.Load().images.ImageStatus(ctx, &runtimeapi.ImageSpec{Image: ref}, false)
		if err != nil {
			return "", fmt.Errorf("look for image %q: %w", ref, err)
		}
		if image := answer.GetImage(); image != nil {
			return image.GetId(), nil
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("look for image %q: %w", ref, ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Ctr runs ctr in CRI's namespace and returns what it wrote to stdout.
func (n *Node) Ctr(ctx context.Context, args ...string) ([]byte, error) {
	ctr, err := n.binary("ctr")
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, ctr, append([]string{"--address", n.ContainerdSocket(), "--namespace", "k8s.io"}, args...)...)
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("run ctr %s: %w: %s", args[0], err, stderrOf(err))
	}
	return out, nil
}

// stderrOf returns what a command wrote to stderr before it failed.
func stderrOf(err error) []byte {
	if exit, ok := err.(*exec.ExitError); ok { //nolint:errorlint // straight from exec, never wrapped
		return exit.Stderr
	}
	return nil
}
