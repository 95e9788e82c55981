package containerd

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/seccompd/seccompd/pkg/oci"
)

// What the CRI plugin keeps with the containers that it makes, in all versions of containerd since 1.1.
const (
	containerMetadata = "io.cri-containerd.container.metadata"
	sandboxMetadata   = "io.cri-containerd.sandbox.metadata"
	metadataVersion   = "v1"
)

// metadata is the part of the CRI plugin's own description that is read: of a container, or of a pod's sandbox.
type metadata struct {
	Version  string
	Metadata struct {
		SandboxID, ImageName, ImageDigest, RuntimeHandler string
		Config                                            struct {
			Metadata struct {
				Name      string `json:"name"`
				UID       string `json:"uid"`
				Namespace string `json:"namespace"`
			} `json:"metadata"`
			Labels map[string]string `json:"labels"`
		}
	}
}

// Find asks the containerd at a socket for what it keeps of a container: of one of a pod, what the CRI plugin keeps, of it and
// of its pod.
func Find(ctx context.Context, address, namespace, id string) (oci.Record, error) {
	c, err := newClient(address, namespace)
	if err != nil {
		return oci.Record{}, err
	}
	defer c.http.CloseIdleConnections()
	r, err := c.find(ctx, id)
	if err != nil {
		return oci.Record{}, fmt.Errorf("ask containerd for container %.80q: %w", id, err)
	}
	return r, nil
}

func (c *client) find(ctx context.Context, id string) (oci.Record, error) {
	mine, err := c.get(ctx, id)
	if err != nil {
		return oci.Record{}, err
	}
	r := oci.Record{ID: id, Image: mine.image, Labels: mine.labels}
	if text, ok := mine.extensions[sandboxMetadata]; ok {
		m, err := describe(text)
		if err != nil {
			return oci.Record{}, err
		}
		r.Labels, r.Pod = nil, m.pod(id)
		return r, nil
	}
	text, ok := mine.extensions[containerMetadata]
	if !ok {
		return r, nil
	}
	m, err := describe(text)
	if err != nil {
		return oci.Record{}, err
	}
	sandbox, err := c.get(ctx, m.Metadata.SandboxID)
	if err != nil {
		return oci.Record{}, fmt.Errorf("its pod %.80q: %w", m.Metadata.SandboxID, err)
	}
	of, err := describe(sandbox.extensions[sandboxMetadata])
	if err != nil {
		return oci.Record{}, fmt.Errorf("its pod %.80q: %w", m.Metadata.SandboxID, err)
	}
	r.Pod = of.pod(m.Metadata.SandboxID)
	r.Pod.Container, r.Labels = m.Metadata.Config.Metadata.Name, m.Metadata.Config.Labels
	if m.Metadata.ImageName != "" {
		r.Image = m.Metadata.ImageName
	}
	r.ImageDigest = m.Metadata.ImageDigest
	if r.Labels == nil {
		r.Labels = map[string]string{}
	}
	return r, nil
}

func (c *client) get(ctx context.Context, id string) (container, error) {
	answer, err := c.call(ctx, "containerd.services.containers.v1.Containers/Get", getContainer(id))
	if err != nil {
		return container{}, err
	}
	out, err := readContainer(answer)
	if err == nil && out.id != id {
		err = fmt.Errorf("it answers about %.80q", out.id)
	}
	return out, err
}

func describe(text []byte) (metadata, error) {
	var m metadata
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("read what the CRI plugin keeps: %w", err)
	}
	if m.Version != metadataVersion {
		return m, fmt.Errorf("read what the CRI plugin keeps: it is of version %.20q", m.Version)
	}
	return m, nil
}

func (m *metadata) pod(id string) *oci.RecordOfPod {
	c := &m.Metadata.Config
	labels := c.Labels
	if labels == nil {
		labels = map[string]string{}
	}
	return &oci.RecordOfPod{
		ID: id, UID: c.Metadata.UID, Namespace: c.Metadata.Namespace, Name: c.Metadata.Name,
		Labels: labels, RuntimeHandler: m.Metadata.RuntimeHandler,
	}
}
