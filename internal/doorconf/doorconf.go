// Package doorconf reads the settings of the runtime door: the door itself does, the daemon that decides in its place, and
// whoever says what the door of a machine does.
package doorconf

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/seccompd/seccompd/internal/document"
)

// File is where the settings are, and Env the variable that may name another file where that one does not exist, or allows it.
const (
	File = "/etc/seccompd/runtime.json"
	Env  = "SECCOMPD_RUNTIME_CONFIG"
)

// The directories and the decision log of an installed node, which are the daemon's and the door's without other settings.
const (
	StateDir  = "/var/lib/seccompd"
	RunDir    = "/run/seccompd"
	Decisions = "/var/log/seccompd/decisions.jsonl"
)

// Socket is the name, in the run directory, of the socket on which the early part of the door asks the daemon to decide
// (SOCK_SEQPACKET, root's alone).
const Socket = "runtime.sock"

// Settings are those of the door: it has no command line of its own.
type Settings struct {
	// Runtime is the absolute path of the real runtime, and Runtimes that of the one for a name under which the door is
	// called, as "crun".
	Runtime  string
	Runtimes map[string]string
	// StateDir and RunDir are those of the daemon and of seccompctl; Decisions is the file that decisions are appended to, ""
	// for none.
	StateDir, RunDir, Decisions string
	// Seccompctl compiles the policy again where the host changed; "" is the one beside the door, or in /usr/local/bin.
	Seccompctl string
	// DockerRoot is Docker's data directory ("/var/lib/docker"), where its names, images and labels are looked up; "" does not.
	DockerRoot string
	// ContainerdLookup is for how long containerd may be asked for the image, the labels and the pod of a container; 0 does
	// not ask.
	ContainerdLookup time.Duration
	// VerifyStart holds what the kernel has loaded against what was decided, before a created container is started.
	VerifyStart bool
	// AllowEnvironment lets Env name another file.
	AllowEnvironment bool
}

// MaxLookup is the longest that an answer of containerd may be waited for.
const MaxLookup = 10 * time.Second

// Load reads the settings of this machine. other is the file that the environment names, the second choice; see Env. A file
// that somebody else than root, or the caller, could have written is an error, unless trusting.
func Load(file, other string, trusting bool) (Settings, error) {
	s, err := read(file, trusting)
	switch {
	case err == nil && !s.AllowEnvironment, other == "":
		return s, err
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return s, err
	case !filepath.IsAbs(other):
		return s, fmt.Errorf("%s=%.80q is not an absolute path", Env, other)
	}
	return read(other, trusting)
}

func read(path string, trusting bool) (Settings, error) {
	data, err := readTrusted(path, trusting)
	if err != nil {
		return Settings{}, err
	}
	return Parse(path, data)
}

// Parse reads the text of the settings that are in a file. It is read strictly, and in one way: a key that stands twice, that
// no setting has or that has one but for its case is an error with its place.
func Parse(path string, data []byte) (Settings, error) {
	root, err := document.ParseJSON(path, data)
	if err != nil {
		return Settings{}, fmt.Errorf("read settings: %w", err)
	}
	var d document.Decoder
	s := decode(&d, root)
	if err := d.Err(); err != nil {
		// The door tells its reason in one line.
		return Settings{}, fmt.Errorf("read settings: %s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return s, nil
}

func decode(d *document.Decoder, root *document.Node) Settings {
	o := d.Object(root, "the file of settings")
	s := Settings{
		Runtime:    path(d, o, "runtime", ""),
		Runtimes:   runtimes(d, o),
		StateDir:   path(d, o, "stateDir", StateDir),
		RunDir:     path(d, o, "runDir", RunDir),
		Decisions:  decisions(d, o),
		Seccompctl: path(d, o, "seccompctl", ""),
		DockerRoot: path(d, o, "dockerRoot", ""),

		ContainerdLookup: lookup(d, o.Take("containerdLookup")),
		VerifyStart:      d.Bool(o.Take("verifyStart"), "verifyStart"),
		AllowEnvironment: d.Bool(o.Take("allowEnvironment"), "allowEnvironment"),
	}
	o.Done()
	if o.Node != nil && s.Runtime == "" && len(s.Runtimes) == 0 && d.Err() == nil {
		d.Errorf(root, `as in {"runtimes": {"runc": "/usr/sbin/runc"}}`, "it names no runtime")
	}
	return s
}

// path decodes an absolute path; where there is none, or "", it is the installed one.
func path(d *document.Decoder, o *document.Object, key, installed string) string {
	if text := absolute(d, o.Take(key), key); text != "" {
		return text
	}
	return installed
}

// decisions decodes the decision log's path, of which "" is none.
func decisions(d *document.Decoder, o *document.Object) string {
	n := o.Take("decisions")
	if n == nil {
		return Decisions
	}
	return absolute(d, n, "decisions")
}

func absolute(d *document.Decoder, n *document.Node, what string) string {
	text := d.String(n, what)
	if text != "" && !filepath.IsAbs(text) {
		d.Errorf(n, "", "%s: %.80q is not an absolute path", what, text)
	}
	return text
}

func runtimes(d *document.Decoder, o *document.Object) map[string]string {
	n := o.Take("runtimes")
	names := d.Object(n, "runtimes")
	if names.Node == nil {
		return nil
	}
	out := make(map[string]string, len(n.Fields))
	for _, f := range n.Fields {
		if v := names.Take(f.Key); v != nil {
			out[f.Key] = absolute(d, v, "the path of "+f.Key)
		}
	}
	return out
}

func lookup(d *document.Decoder, n *document.Node) time.Duration {
	text := d.String(n, "containerdLookup")
	if text == "" {
		return 0
	}
	limit, err := time.ParseDuration(text)
	if err != nil || limit <= 0 || limit > MaxLookup {
		d.Errorf(n, `as in "500ms"`, "containerdLookup: %.40q is not a time of at most %v", text, MaxLookup)
		return 0
	}
	return limit
}
