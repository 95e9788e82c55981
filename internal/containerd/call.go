// Package containerd asks containerd for its record of a container. It speaks the one call of gRPC that this takes, over
// net/http: containerd's module is as large as containerd.
package containerd

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
)

// maxAnswer is the size of the largest answer that is read, in bytes: containerd's own limit for messages.
const maxAnswer = 16 << 20

// ErrNotFound is the error of a container that containerd has no record of.
var ErrNotFound = errors.New("containerd has no record of it")

// The statuses of gRPC that are looked at.
const (
	statusOK       = "0"
	statusNotFound = "5"
)

// client asks a containerd about one of its namespaces.
type client struct {
	http      http.Client
	namespace string
}

// newClient returns a client of the containerd that listens at a socket, an absolute path. Only one that root runs is asked.
func newClient(address, namespace string) (*client, error) {
	path := strings.TrimPrefix(address, "unix://")
	if !filepath.IsAbs(path) {
		return nil, fmt.Errorf("ask containerd: %.120q is not the path of a socket", address)
	}
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{
		Protocols: &protocols,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			conn, err := d.DialContext(ctx, "unix", path)
			if err != nil {
				return nil, err
			}
			if err := roots(conn); err != nil {
				_ = conn.Close()
				return nil, err
			}
			return conn, nil
		},
	}
	return &client{http: http.Client{Transport: transport}, namespace: namespace}, nil
}

// call makes a call and returns the message of the answer.
func (c *client) call(ctx context.Context, method string, message []byte) ([]byte, error) {
	frame := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message))) //nolint:gosec // an id
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://containerd/"+method, bytes.NewReader(append(frame, message...)))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/grpc")
	req.Header.Set("Te", "trailers")
	req.Header.Set("Containerd-Namespace", c.namespace)
	resp, err := c.http.Do(req)
	if failed := (*url.Error)(nil); errors.As(err, &failed) {
		err = failed.Err // its own text names an address that there is not
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	status, text := resp.Trailer.Get("Grpc-Status"), resp.Trailer.Get("Grpc-Message")
	if status == "" { // an answer without a message has no trailer of its own
		status, text = resp.Header.Get("Grpc-Status"), resp.Header.Get("Grpc-Message")
	}
	switch {
	case len(body) > maxAnswer:
		return nil, fmt.Errorf("it answers with more than %d bytes", maxAnswer)
	case status == statusNotFound:
		return nil, ErrNotFound
	case status != statusOK:
		return nil, fmt.Errorf("it answers with status %q of gRPC: %.200q", status, text)
	case len(body) < 5 || body[0] != 0 || int(binary.BigEndian.Uint32(body[1:])) != len(body)-5:
		return nil, errors.New("it does not answer with one message")
	}
	return body[5:], nil
}
