package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// sockets is how many of this process's descriptors are sockets.
func sockets(t *testing.T) int {
	t.Helper()
	links, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, link := range links {
		if to, err := os.Readlink(link); err == nil && strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}

// TestMetricsHoldFewDescriptors: whoever connects and stays gets a bounded number of the daemon's descriptors, and none after
// an answer.
func TestMetricsHoldFewDescriptors(t *testing.T) {
	m := newMachine(t)
	m.policy(auditAll)
	m.boot()
	dial := func() net.Conn {
		t.Helper()
		c, err := net.Dial("unix", m.path("m.sock"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	ask := func(c net.Conn) *bufio.Reader {
		t.Helper()
		if _, err := io.WriteString(c, "GET /metrics HTTP/1.1\r\nHost: seccompd\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		r := bufio.NewReader(c)
		answer, err := http.ReadResponse(r, nil)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%+v, %v", answer, err)
		}
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			t.Fatal(err)
		}
		return r
	}
	first := dial()
	if _, err := ask(first).ReadByte(); err != io.EOF {
		t.Errorf("after an answer the connection stays: %v", err)
	}
	_ = first.Close()
	const silent = 2 * maxAsking
	before := sockets(t)
	for range silent {
		dial()
	}
	held := func() int { return sockets(t) - before - silent }
	// Two were open before, and may be on their way out: one that looked whether anybody listens, and the one that was answered.
	eventually(t, "those that are silent are held", func() bool { return held() >= maxAsking-2 })
	time.Sleep(100 * time.Millisecond)
	if n := held(); n > maxAsking {
		t.Errorf("%d connections of %d are held", n, silent)
	}
	ask(dial()) // once those before it were given up
}
