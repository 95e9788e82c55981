package shim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/pkg/host"
)

// SettingsFile is where the settings are, and EnvSettings the variable that may name another file: only where that file
// does not exist, or allows it.
const (
	SettingsFile = host.RuntimeSettings
	EnvSettings  = host.EnvRuntimeSettings
)

// Settings are those of the door: it has no command line of its own.
type Settings struct {
	// Runtime is the absolute path of the real runtime, and Runtimes that of the one for a name under which this program is
	// called, as "crun".
	Runtime  string            `json:"runtime,omitempty"`
	Runtimes map[string]string `json:"runtimes,omitempty"`
	// StateDir and RunDir are those of the daemon and of seccompctl; Decisions is the file that decisions are appended to.
	StateDir  string  `json:"stateDir,omitempty"`
	RunDir    string  `json:"runDir,omitempty"`
	Decisions *string `json:"decisions,omitempty"`
	// Seccompctl compiles the policy again where the host changed; "" is the one beside this program, or in /usr/local/bin.
	Seccompctl string `json:"seccompctl,omitempty"`
	// DockerRoot is Docker's data directory ("/var/lib/docker"), where its names, images and labels are looked up; "" does not.
	DockerRoot string `json:"dockerRoot,omitempty"`
	// ContainerdLookup is for how long containerd may be asked for the image, the labels and the pod of a container ("500ms"); ""
	// does not ask.
	ContainerdLookup string `json:"containerdLookup,omitempty"`
	// VerifyStart holds what the kernel has loaded against what was decided, before a created container is started.
	VerifyStart bool `json:"verifyStart,omitempty"`
	// AllowEnvironment lets EnvSettings name another file.
	AllowEnvironment bool `json:"allowEnvironment,omitempty"`
}

// maxSettings is the size of the largest file of settings, in bytes.
const maxSettings = 64 << 10

// errForeign is the error of settings that do not belong to root.
var errForeign = errors.New("it does not belong to root")

// load reads the settings of this machine. The environment's file is the second choice, see EnvSettings.
func load(file, other string, trusting bool) (Settings, error) {
	s, err := readSettings(file, trusting)
	switch {
	case err == nil && !s.AllowEnvironment, other == "":
		return s, err
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return s, err
	case !filepath.IsAbs(other):
		return s, fmt.Errorf("%s=%.80q is not an absolute path", EnvSettings, other)
	}
	return readSettings(other, trusting)
}

func readSettings(path string, trusting bool) (Settings, error) {
	data, err := readTrusted(path, trusting)
	if err != nil {
		return Settings{}, err
	}
	return parseSettings(path, data)
}

func parseSettings(path string, data []byte) (Settings, error) {
	var s Settings
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return s, settingsError(path, data, err)
	}
	if dec.More() {
		return s, fmt.Errorf("read %s: text after the end", path)
	}
	return s, s.complete(path)
}

// settingsError says in plain words, and where, what is wrong with a file of settings.
func settingsError(path string, data []byte, err error) error {
	at := func(offset int64) string {
		before := data[:min(max(offset, 1), int64(len(data)))]
		line := bytes.Count(before, []byte("\n")) + 1
		return fmt.Sprintf("%s:%d:%d", path, line, len(before)-bytes.LastIndexByte(before, '\n')-1)
	}
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("read %s: not valid JSON: %w", at(syntax.Offset), err)
	case !errors.As(err, &kind):
		return fmt.Errorf("read %s: %s", path, strings.TrimPrefix(err.Error(), "json: "))
	}
	want := "a path or another text in quotes"
	switch k := kind.Type.Kind(); {
	case k == reflect.Bool:
		want = "true or false, without quotes"
	case k == reflect.Map:
		want = `the names of runtimes and their paths, as {"runc": "/usr/sbin/runc"}`
	case k == reflect.Struct:
		want = "an object"
	}
	name := kind.Field
	if name != "" {
		name += ": "
	}
	return fmt.Errorf("read %s: %swant %s, and not a JSON %s", at(kind.Offset), name, want, kind.Value)
}

// complete fills in what an installed node has, and checks the rest.
func (s *Settings) complete(path string) error {
	set := func(v *string, installed string) {
		if *v == "" {
			*v = installed
		}
	}
	set(&s.StateDir, "/var/lib/seccompd")
	set(&s.RunDir, "/run/seccompd")
	if s.Decisions == nil {
		log := "/var/log/seccompd/decisions.jsonl"
		s.Decisions = &log
	}
	if _, err := s.lookup(); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	paths := []string{s.Runtime, s.StateDir, s.RunDir, *s.Decisions, s.Seccompctl, s.DockerRoot}
	for _, p := range s.Runtimes {
		paths = append(paths, p)
	}
	for _, p := range paths {
		if p != "" && !filepath.IsAbs(p) {
			return fmt.Errorf("read %s: %.80q is not an absolute path", path, p)
		}
	}
	if s.Runtime == "" && len(s.Runtimes) == 0 {
		return fmt.Errorf("read %s: it names no runtime", path)
	}
	return nil
}

// readTrusted reads a file that only root, or the caller, can have written, unless it is trusting.
func readTrusted(path string, trusting bool) ([]byte, error) {
	// Without the poller of package os, which takes longer to set up than the file to read.
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read settings: %w (install.sh writes it)", &fs.PathError{Op: "open", Path: path, Err: err})
	}
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", &fs.PathError{Op: "open", Path: path, Err: err})
	}
	defer func() { _ = unix.Close(fd) }()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	switch {
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		err = errors.New("it is not a regular file")
	case st.Size > maxSettings:
		err = fmt.Errorf("more than %d bytes", maxSettings)
	case trusting:
	case st.Uid != 0 && int(st.Uid) != os.Geteuid():
		err = errForeign
	case st.Mode&0o022 != 0:
		err = fmt.Errorf("others than its owner may write it: mode %04o", st.Mode&0o7777)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	data := make([]byte, st.Size)
	n, err := unix.Read(fd, data)
	if err == nil && n != len(data) {
		err = errors.New("it was cut short meanwhile")
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return data, nil
}
