package node

import (
	"net"
	"os"
	"strings"
	"sync"
)

// A notifySocket listens for what a daemon tells systemd (sd_notify(3)).
type notifySocket struct {
	path  string
	conn  *net.UnixConn
	ready chan struct{} // closed at the first READY=1

	mu   sync.Mutex
	said map[string]int // how often each "KEY=" was said
	last map[string]string
}

func listenNotify(path string) (*notifySocket, error) {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, err
	}
	s := &notifySocket{path: path, conn: conn, ready: make(chan struct{}), said: map[string]int{}, last: map[string]string{}}
	go s.listen()
	return s, nil
}

// listen ends when the socket is closed.
func (s *notifySocket) listen() {
	buffer := make([]byte, 64<<10)
	for {
		n, err := s.conn.Read(buffer)
		if err != nil {
			return
		}
		for line := range strings.Lines(string(buffer[:n])) {
			s.hear(strings.TrimSpace(line))
		}
	}
}

func (s *notifySocket) hear(line string) {
	key, value, _ := strings.Cut(line, "=")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said[key]++
	s.last[key] = value
	if line == "READY=1" && s.said["READY"] == 1 {
		close(s.ready)
	}
}

func (s *notifySocket) notified(key string) (string, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last[key], s.said[key]
}

func (s *notifySocket) close() { _ = s.conn.Close() }
