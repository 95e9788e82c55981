package shim

import (
	"encoding/json"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// line is a line of a runtime's log, as runc and crun write them in JSON.
type line struct {
	Level string `json:"level"`
	Msg   string `json:"msg"`
	Time  string `json:"time"`
}

// misread are words that engines look for in a runtime's error, and take for one about the container's own program.
var misread = strings.NewReplacer(
	"no such file or directory", "nothing there", "permission denied", "not permitted", "executable file not found", "program missing",
)

// refuse says why there is no container, where engines look for it: the last line of the runtime's log that is an error, and
// standard error.
func (d *door) refuse(err error) {
	text, encoding := json.Marshal(line{Level: "error", Msg: misread.Replace(err.Error()), Time: time.Now().UTC().Format(time.RFC3339Nano)})
	if encoding != nil {
		text = []byte(`{"level":"error","msg":"seccompd refused the container"}`)
	}
	text = append(text, '\n')
	if d.cmd.log != "" && d.cmd.log != "/dev/stderr" {
		if f, err := os.OpenFile(d.cmd.log, os.O_WRONLY|os.O_APPEND|os.O_CREATE|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o644); err == nil {
			_, _ = f.Write(text)
			_ = f.Close()
		}
	}
	_, _ = d.stderr.Write(text)
}
