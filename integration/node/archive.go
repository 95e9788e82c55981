package node

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path"
	"runtime"
	"slices"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// writeArchive writes an OCI image layout with the given images as a tar file.
// Equal images give equal bytes, and so equal digests.
func writeArchive(file string, images []Image) error {
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer out.Close()
	archive := tar.NewWriter(out)
	index := ocispec.Index{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageIndex}
	for _, image := range images {
		manifest, err := writeImage(archive, image)
		if err != nil {
			return err
		}
		index.Manifests = append(index.Manifests, manifest)
	}
	if err := writeJSON(archive, ocispec.ImageIndexFile, index); err != nil {
		return err
	}
	if err := writeJSON(archive, ocispec.ImageLayoutFile, ocispec.ImageLayout{Version: ocispec.ImageLayoutVersion}); err != nil {
		return err
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return out.Close()
}

// writeImage writes one image's layer, configuration and manifest as blobs.
func writeImage(archive *tar.Writer, image Image) (ocispec.Descriptor, error) {
	platform := ocispec.Platform{OS: "linux", Architecture: runtime.GOARCH}
	layer, err := layerOf(image)
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	layerBlob, err := writeBlob(archive, ocispec.MediaTypeImageLayer, layer)
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	config, err := json.Marshal(ocispec.Image{
		Platform: platform,
		Config:   ocispec.ImageConfig{Entrypoint: image.Entrypoint, Env: []string{"PATH=/bin"}},
		RootFS:   ocispec.RootFS{Type: "layers", DiffIDs: []digest.Digest{layerBlob.Digest}},
	})
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	configBlob, err := writeBlob(archive, ocispec.MediaTypeImageConfig, config)
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	manifest, err := json.Marshal(ocispec.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: ocispec.MediaTypeImageManifest,
		Config:    configBlob,
		Layers:    []ocispec.Descriptor{layerBlob},
	})
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	blob, err := writeBlob(archive, ocispec.MediaTypeImageManifest, manifest)
	blob.Platform = &platform
	blob.Annotations = map[string]string{
		"io.containerd.image.name":    image.Ref,
		ocispec.AnnotationRefName:     image.Ref,
		ocispec.AnnotationDescription: "made by seccompd's integration tests",
	}
	return blob, err
}

func layerOf(image Image) ([]byte, error) {
	var buffer bytes.Buffer
	layer := tar.NewWriter(&buffer)
	for _, dir := range dirsOf(image) {
		mode := int64(0o755)
		if dir == "/tmp" {
			mode = 0o1777
		}
		if err := layer.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir[1:] + "/", Mode: mode}); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(image.Files)) {
		if err := writeFile(layer, name[1:], image.Files[name]); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(image.Links)) {
		if err := layer.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: name[1:], Linkname: image.Links[name], Mode: 0o777}); err != nil {
			return nil, err
		}
	}
	err := layer.Close()
	return buffer.Bytes(), err
}

// dirsOf returns every directory that the image needs, parents first.
func dirsOf(image Image) []string {
	need := map[string]bool{}
	for name := range image.Files {
		need[path.Dir(name)] = true
	}
	for name := range image.Links {
		need[path.Dir(name)] = true
	}
	for _, dir := range image.Dirs {
		need[dir] = true
	}
	for dir := range maps.Clone(need) {
		for ; dir != "/"; dir = path.Dir(dir) {
			need[dir] = true
		}
	}
	delete(need, "/")
	return slices.Sorted(maps.Keys(need))
}

func writeBlob(archive *tar.Writer, mediaType string, content []byte) (ocispec.Descriptor, error) {
	sum := digest.FromBytes(content)
	err := writeFile(archive, path.Join(ocispec.ImageBlobsDir, "sha256", sum.Encoded()), content)
	return ocispec.Descriptor{MediaType: mediaType, Digest: sum, Size: int64(len(content))}, err
}

func writeJSON(archive *tar.Writer, name string, value any) error {
	content, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return writeFile(archive, name, content)
}

func writeFile(archive *tar.Writer, name string, content []byte) error {
	if err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o755, Size: int64(len(content))}); err != nil {
		return err
	}
	_, err := io.Copy(archive, bytes.NewReader(content))
	return err
}
