package oci

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/pkg/workload"
)

// maxDocker is the size of the largest description of a container by Docker that is read, in bytes.
const maxDocker = 1 << 20

// FromDocker adds to a workload of Docker's what Docker wrote of it in its data directory, which a bundle does not have: the
// container's name, image and labels. Where that cannot be read they stay unknown, and the error says why. It is one file
// of a bounded size, and no question to the daemon.
func FromDocker(root string, w *workload.Workload) error {
	name := filepath.Join(root, "containers", w.ID, "config.v2.json")
	data, err := readDocker(name)
	if err != nil {
		return fmt.Errorf("look up Docker's names: %w", err)
	}
	top, err := scan(name, data, keysFree)
	if err != nil {
		return fmt.Errorf("look up Docker's names: %w", err)
	}
	d := decoder{s: &scanner{file: name, text: string(data)}}
	id, called := d.string(top.get("ID"), "ID"), d.string(top.get("Name"), "Name")
	config := d.object(top.get("Config"), "Config")
	image := d.string(config.get("Image"), "Image")
	labels := map[string]string{}
	if o := d.object(config.get("Labels"), "Labels"); o != nil {
		for i := range o.members {
			labels[o.members[i].key] = d.string(&o.members[i].value, "a label")
		}
	}
	if d.err != nil {
		return fmt.Errorf("look up Docker's names: %w", d.err)
	}
	if id != w.ID {
		return fmt.Errorf("look up Docker's names: %s is about another container", name)
	}
	w.Container, w.Image, w.Labels = text(strings.TrimPrefix(called, "/")), text(image), workload.Known(labels)
	return nil
}

func readDocker(name string) ([]byte, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, plain(err)
	}
	defer func() { _ = f.Close() }()
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return nil, err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG || st.Size > maxDocker {
		return nil, fmt.Errorf("%s is not a regular file of at most %d bytes", name, maxDocker)
	}
	if err := trusted(&st); err != nil {
		return nil, fmt.Errorf("%s %w", name, err)
	}
	return io.ReadAll(io.LimitReader(f, maxDocker))
}
