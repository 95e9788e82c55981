package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/spf13/pflag"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/drift"
)

// settings are those of the daemon; the defaults are an installed node's.
type settings struct {
	policy    string
	profiles  []string
	runtimes  []string
	socket    string
	index     string
	stateDir  string
	runDir    string
	decisions string
	denials   string
	metrics   string
	drift     time.Duration
	roots     drift.Roots
	logLevel  string
	logFormat string
}

var twoDigits = regexp.MustCompile(`^[0-9][0-9]$`)

// parse reads the command line. It prints what --help and --version ask for, and then returns pflag.ErrHelp.
func parse(args []string, out io.Writer) (settings, error) {
	var s settings
	f := pflag.NewFlagSet("seccompd", pflag.ContinueOnError)
	f.SetOutput(out)
	f.SortFlags = false
	f.StringVar(&s.policy, "policy", "/etc/seccompd/policy.yaml", "policy `file`")
	f.StringArrayVar(&s.profiles, "profiles", []string{"/etc/seccompd/profiles"}, "`directory` of profiles that the policy names; may be repeated")
	f.StringArrayVar(&s.runtimes, "runtime", nil, "`path` of the engine's OCI runtime, where it is in none of the usual places; may be repeated")
	f.StringVar(&s.socket, "nri-socket", "/var/run/nri/nri.sock", "`path` of the engine's NRI socket; none for a node without NRI")
	f.StringVar(&s.index, "plugin-index", "10", "place among the engine's plugins, two digits `NN`")
	f.StringVar(&s.stateDir, "state-dir", "/var/lib/seccompd", "`directory` of the policy in force")
	f.StringVar(&s.runDir, "run-dir", "/run/seccompd", "`directory` of the status and the metrics socket")
	f.StringVar(&s.decisions, "decisions", "/var/log/seccompd/decisions.jsonl", "`file` that decisions are appended to; empty for none")
	f.StringVar(&s.denials, "denials", "/var/log/seccompd/denials.jsonl", "`file` that denied calls are appended to; empty for none: then no audit records are read")
	f.DurationVar(&s.drift, "drift-interval", time.Minute, "how often running containers are held against the policy; 0 for never")
	s.roots = drift.DefaultRoots()
	f.StringArrayVar(&s.roots.Containerd, "containerd-state", s.roots.Containerd, "a state `directory` of containerd; may be repeated")
	f.StringArrayVar(&s.roots.Runtimes, "runtime-state", s.roots.Runtimes, "a `directory` in which runc or crun keeps its state; may be repeated")
	f.StringVar(&s.metrics, "metrics", "", "`address` of metrics and /healthz: unix:PATH, a loopback HOST:PORT, or none (default unix:RUN-DIR/metrics.sock)")
	f.StringVar(&s.logLevel, "log-level", "info", "`level`: debug, info, warn or error")
	f.StringVar(&s.logFormat, "log-format", "text", "`format`: text or json")
	showVersion := f.Bool("version", false, "print the version")
	f.Usage = func() {
		_, _ = fmt.Fprintf(out, "Usage: seccompd [flags]\n\nGives every container of the CRI the seccomp filter that the node's policy says.\n\n%s", f.FlagUsages())
	}
	if err := f.Parse(args); err != nil {
		return s, wrong(f, err)
	}
	if *showVersion {
		_, _ = fmt.Fprintln(out, "seccompd", version())
		return s, pflag.ErrHelp
	}
	if f.NArg() > 0 {
		return s, fmt.Errorf("unexpected argument %q (see --help)", f.Arg(0))
	}
	if s.metrics == "" {
		s.metrics = "unix:" + filepath.Join(s.runDir, "metrics.sock")
	}
	if err := s.check(); err != nil {
		return s, err
	}
	// What is in force is known by the path of its source, as seccompctl writes it.
	var err error
	s.policy, err = filepath.Abs(s.policy)
	return s, err
}

// wrong says of a command line that cannot be read what is meant instead.
func wrong(f *pflag.FlagSet, err error) error {
	var value *pflag.InvalidValueError
	var flag *pflag.NotExistError
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return err
	case errors.As(err, &value) && value.GetFlag().Value.Type() == "duration":
		return fmt.Errorf("--%s cannot be %q (a number with its unit, as 30s or 5m)", value.GetFlag().Name, value.GetValue())
	case errors.As(err, &flag):
		var names []string
		f.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := document.Closest(flag.GetSpecifiedName(), names); near != "" {
			return fmt.Errorf("%w (did you mean --%s?)", err, near)
		}
	}
	return fmt.Errorf("%w (see --help)", err)
}

func (s settings) check() error {
	if s.policy == "" {
		return fmt.Errorf("--policy names no file")
	}
	for _, path := range s.runtimes {
		if !filepath.IsAbs(path) {
			return fmt.Errorf("--runtime %q: an absolute path is wanted", path)
		}
	}
	if s.drift < 0 || s.drift > 0 && s.drift < time.Second {
		return fmt.Errorf("--drift-interval %s: at least a second, or 0 for never", s.drift)
	}
	if !twoDigits.MatchString(s.index) {
		return fmt.Errorf("--plugin-index %q: two digits are wanted, as in 10", s.index)
	}
	if _, err := logrus.ParseLevel(s.logLevel); err != nil {
		return fmt.Errorf("--log-level %q: want debug, info, warn or error", s.logLevel)
	}
	if s.logFormat != "text" && s.logFormat != "json" {
		return fmt.Errorf("--log-format %q: want text or json", s.logFormat)
	}
	_, _, err := listenAddress(s.metrics)
	return err
}

// listenAddress returns the network and address of --metrics, and "" for none. Metrics name rules and profiles, and
// anybody may ask for them there, so they are served to this machine only.
func listenAddress(s string) (network, address string, err error) {
	if s == "none" {
		return "", "", nil
	}
	if path, ok := strings.CutPrefix(s, "unix:"); ok {
		path = "/" + strings.TrimLeft(path, "/")
		return "unix", path, nil
	}
	hostname, port, err := net.SplitHostPort(s)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		return "", "", fmt.Errorf("--metrics %q: want unix:PATH, a loopback HOST:PORT or none", s)
	}
	if ip := net.ParseIP(hostname); hostname == "localhost" || (ip != nil && ip.IsLoopback()) {
		return "tcp", s, nil
	}
	return "", "", fmt.Errorf("--metrics %q: only a unix socket or a loopback address is served", s)
}
