package shim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// option says what follows an option.
type option uint8

const (
	unknown option = iota
	flag
	valued
)

// The command lines of runc 1.1 to 1.5 and crun 1.8 and later, together: no option of one means something else to the
// other. Single dashes before long names (runc), abbreviations, attached values and "--" (crun) are not in here: where they
// matter they are refused.
var (
	globals = map[string]option{
		"--debug": flag, "--systemd-cgroup": flag,
		"--log": valued, "--log-format": valued, "--root": valued, "--rootless": valued,
		"--criu": valued, "--cgroup-manager": valued,
	}
	// asking are the global options after which nothing is created.
	asking = []string{"--help", "-h", "-?", "--usage", "--version", "-v", "-V"}
	// creating are those of create and run.
	creating = map[string]option{
		"--bundle": valued, "-b": valued, "--console-socket": valued, "--pidfd-socket": valued, "--pid-file": valued, "--preserve-fds": valued,
		"--no-pivot": flag, "--no-new-keyring": flag, "--no-subreaper": flag, "--detach": flag, "-d": flag, "--keep": flag,
	}
	// decided are the commands that make a container.
	decided = []string{"create", "run", "restore"}
)

// command is what a command line asks for.
type command struct {
	// name is that of the subcommand; "" where only the runtime can tell which it is, and it makes no container.
	name string
	// root, log and format are global options; id and bundle those of create and run.
	root, log, format string
	id, bundle        string
	// detach and keep are options of run.
	detach, keep bool
	// rest is what follows the name.
	rest []string
}

// parse understands a command line as every runtime does, or refuses it. Arguments start after the program's name. The
// command is usable for a message where there is an error.
func parse(args []string) (command, error) {
	var c command
	rest, err := c.globals(args)
	switch {
	case err != nil && !slices.ContainsFunc(args, decides):
		// Runtimes take a subcommand by its whole name, so that this makes no container.
		return command{}, nil
	case err != nil:
		return c, err
	case len(rest) == 0:
		return c, nil
	}
	c.name, c.rest = rest[0], rest[1:]
	if c.name == "create" || c.name == "run" {
		if len(c.rest) == 1 && slices.Contains([]string{"--help", "-h", "-?", "--usage"}, c.rest[0]) {
			c.name = "help"
			return c, nil
		}
		return c, c.creation()
	}
	return c, nil
}

func decides(arg string) bool { return slices.Contains(decided, arg) }

// globals reads the options before the subcommand, and returns what follows them.
func (c *command) globals(args []string) ([]string, error) {
	values := map[string]string{}
	for i := 0; i < len(args); {
		if !strings.HasPrefix(args[i], "-") {
			c.root, c.log, c.format = values["--root"], values["--log"], values["--log-format"]
			return args[i:], nil
		}
		if slices.Contains(asking, args[i]) {
			return nil, nil
		}
		n, err := take(values, globals, args[i:])
		c.log, c.format = values["--log"], values["--log-format"]
		if err != nil {
			return nil, err
		}
		i += n
	}
	return nil, nil
}

// take reads one option into values and returns how many arguments it is.
func take(values map[string]string, known map[string]option, args []string) (int, error) {
	name, value, attached := strings.Cut(args[0], "=")
	kind := known[name]
	n := 1
	switch {
	case kind == unknown || attached && !strings.HasPrefix(name, "--"):
		return 0, fmt.Errorf("option %.60q is not known here, or abbreviated: write it out", args[0])
	case kind == flag && attached:
		return 0, fmt.Errorf("option %.60q takes no value", args[0])
	case kind == flag:
		return 1, nil
	case !attached:
		if len(args) < 2 {
			return 0, fmt.Errorf("option %s wants a value", name)
		}
		value, n = args[1], 2
		if strings.HasPrefix(value, "-") {
			return 0, fmt.Errorf("the value %.60q of option %s looks like an option: write %s=VALUE", value, name, name)
		}
	}
	if name == "-b" {
		name = "--bundle"
	}
	if _, twice := values[name]; twice {
		return 0, fmt.Errorf("option %s is given twice", name)
	}
	values[name] = value
	return n, nil
}

// creation reads what follows create and run: options, and one id before all of them or after. In between, some runtimes
// stop at it and others do not.
func (c *command) creation() error {
	values := map[string]string{}
	ids := 0
	for i := 0; i < len(c.rest); {
		arg := c.rest[i]
		switch {
		case arg == "-f" || arg == "--config" || strings.HasPrefix(arg, "--config="):
			return fmt.Errorf("option %.60q names another configuration than the bundle's", arg)
		case strings.HasPrefix(arg, "-"):
			n, err := take(values, creating, c.rest[i:])
			if err != nil {
				return err
			}
			c.detach = c.detach || arg == "--detach" || arg == "-d"
			c.keep = c.keep || arg == "--keep"
			i += n
			continue
		case ids > 0:
			return errors.New("more than one container id")
		case i != 0 && i != len(c.rest)-1:
			return fmt.Errorf("the container id %.60q stands between options: put it last", arg)
		}
		c.id = arg
		ids++
		i++
	}
	c.bundle = values["--bundle"]
	if c.bundle == "" {
		if _, empty := values["--bundle"]; empty {
			return errors.New("option --bundle is empty")
		}
		c.bundle = "."
	}
	return checkID(c.id)
}

// checkID accepts the ids that runc accepts.
func checkID(id string) error {
	if id == "" {
		return errors.New("there is no container id")
	}
	bad := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_+-.", r)
	}
	if id == "." || id == ".." || strings.ContainsFunc(id, bad) || len(id) > 1024 {
		return fmt.Errorf("the container id %.60q is not made of letters, digits and _+-. alone", id)
	}
	return nil
}
