package shim

import (
	"strings"
	"testing"
)

func TestCommandLines(t *testing.T) {
	for line, want := range map[string]command{
		// As engines write them.
		"--root /run/containerd/runc/k8s.io --log /l.json --log-format json --systemd-cgroup create --bundle /b --pid-file /b/init.pid x": {name: "create", root: "/run/containerd/runc/k8s.io", log: "/l.json", format: "json", id: "x", bundle: "/b"},
		"--log=/l --log-format=json create --bundle=/b --pid-file=/p --console-socket /s --no-pivot --no-new-keyring x":                   {name: "create", log: "/l", format: "json", id: "x", bundle: "/b"},
		"--debug run -b /b -d --keep --preserve-fds 3 x":                                                                                  {name: "run", id: "x", bundle: "/b"},
		"create x --bundle /b": {name: "create", id: "x", bundle: "/b"},
		"run x":                {name: "run", id: "x", bundle: "."},
		"--cgroup-manager disabled --rootless=false create x": {name: "create", id: "x", bundle: "."},
		// Ids that look like something else.
		"create create":              {name: "create", id: "create", bundle: "."},
		"create --bundle create run": {name: "create", id: "run", bundle: "create"},
		"run restore":                {name: "run", id: "restore", bundle: "."},
		"--root create state x":      {name: "state", root: "create"},
		// What is the runtime's own.
		"state create":                {name: "state"},
		"kill run KILL":               {name: "kill"},
		"exec x run":                  {name: "exec"},
		"delete --force x":            {name: "delete"},
		"features":                    {name: "features"},
		"":                            {},
		"--version":                   {},
		"-v create x":                 {},
		"--help run":                  {},
		"create --help":               {name: "help"},
		"run -h":                      {name: "help"},
		"--future value state x":      {},
		"--roo /x list":               {},
		"--root":                      {},
		"-- list":                     {},
		"--root /x":                   {},
		"restore --image-path /i x":   {name: "restore"},
		"--root=/x spec --bundle /b":  {name: "spec", root: "/x"},
		"Create x":                    {name: "Create"},
		"help create":                 {name: "help"},
		"checkpoint --image-path c x": {name: "checkpoint"},
	} {
		c, err := parse(strings.Fields(line))
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		c.rest = nil
		if c.name != want.name || c.id != want.id || c.bundle != want.bundle || c.root != want.root || c.log != want.log || c.format != want.format {
			t.Errorf("%s: %+v, want %+v", line, c, want)
		}
	}
}

// What runtimes could take for something else is refused where a container could come of it.
func TestRefusedCommandLines(t *testing.T) {
	for line, want := range map[string]string{
		"create -f other.json x":                    "another configuration",
		"create --config other.json x":              "another configuration",
		"run --config=other.json x":                 "another configuration",
		"create --conf other.json x":                "not known here, or abbreviated",
		"create -fother.json x":                     "not known here, or abbreviated",
		"create --bund /b x":                        "not known here, or abbreviated",
		"create -b/b x":                             "not known here, or abbreviated",
		"create -b=/b x":                            "not known here, or abbreviated",
		"create -bundle /b x":                       "not known here, or abbreviated",
		"create -db /b x":                           "not known here, or abbreviated",
		"create --bundle /a --bundle /b x":          "given twice",
		"create -b /a --bundle=/b x":                "given twice",
		"create --bundle --pid-file /p x":           "looks like an option",
		"create --bundle":                           "wants a value",
		"create --bundle= x":                        "is empty",
		"create --no-pivot=true x":                  "takes no value",
		"create --no-pivot x --bundle /b":           "stands between options",
		"create --pid-file /p x --bundle /b":        "stands between options",
		"create x y":                                "more than one",
		"create x --bundle /b y":                    "more than one",
		"create":                                    "no container id",
		"create --bundle /b":                        "no container id",
		"create -- x":                               "not known here",
		"create --help x":                           "not known here",
		"create ../x":                               "not made of letters",
		"create ..":                                 "not made of letters",
		"create a/b":                                "not made of letters",
		"--roo /x create x":                         "not known here",
		"-root /x create x":                         "not known here",
		"-root /x restore x":                        "not known here",
		"--root /a --root /b create x":              "given twice",
		"--root --log create x":                     "looks like an option",
		"-- create x":                               "not known here",
		"--debug=false create x":                    "takes no value",
		"--version=false create x":                  "not known here",
		"--log /l --unknown create create":          "not known here",
		"run --detach --lazy x":                     "not known here",
		"create " + strings.Repeat("a", 2000):       "not made of letters",
		"create --preserve-fds -1 x":                "looks like an option",
		"create \u0430":                             "not made of letters",
		"--systemd-cgroup --criu /c --x run --keep": "not known here",
	} {
		c, err := parse(strings.Fields(line))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s: %+v, %v; want %q", line, c, err, want)
		}
	}
}
