package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// expectedCall is what the final filter is to answer to a call.
type expectedCall struct {
	node *document.Node
	// text is the call as it was written, answer the word: denied, permitted, an errno or an action.
	text, name string
	args       [6]uint64
	answer     string
}

// The words for classes of answers.
const (
	wordDenied    = "denied"
	wordPermitted = "permitted"
)

// answerActions are the words for single actions: those of the runtime specification without their prefix.
var answerActions = []string{"KILL_PROCESS", "KILL_THREAD", "TRAP", "ERRNO", "NOTIFY", "TRACE", "LOG", "ALLOW"}

// calls decodes a map of calls, as in "socket(38): denied".
func (d *testDecoder) calls(n *document.Node) []expectedCall {
	if n == nil {
		return nil
	}
	o := d.Object(n, "calls")
	if o.Node == nil {
		return nil
	}
	var out []expectedCall
	for _, f := range o.Node.Fields {
		at := &document.Node{File: n.File, Line: f.Line, Column: f.Column}
		c := expectedCall{node: at, text: f.Key}
		d.call(at, &c)
		c.answer = d.String(f.Value, "the answer to "+f.Key)
		if f.Value.Kind == document.String && !isAnswer(c.answer) {
			words := append([]string{wordDenied, wordPermitted}, answerActions...)
			hint := "denied, permitted, an errno as EPERM, or an action as LOG"
			if near := document.Closest(c.answer, words); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			d.Errorf(f.Value, hint, "the answer to %s cannot be %q", f.Key, c.answer)
		}
		out = append(out, c)
	}
	return out
}

func isAnswer(s string) bool {
	_, errno := syscalls.Errno(s)
	return errno || s == wordDenied || s == wordPermitted || slices.Contains(answerActions, s)
}

// call reads "socket(38, 0x5)", or a name alone.
func (d *testDecoder) call(at *document.Node, c *expectedCall) {
	name, rest, some := strings.Cut(c.text, "(")
	c.name = strings.TrimSpace(name)
	if !syscalls.Known(c.name) {
		hint := ""
		if near := syscalls.Suggest(c.name); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		d.Errorf(at, hint, "no system call is named %q", c.name)
		return
	}
	if !some {
		return
	}
	inner, ends := strings.CutSuffix(strings.TrimSpace(rest), ")")
	if !ends {
		d.Errorf(at, "as in socket(38)", "the call %q does not end with a parenthesis", c.text)
		return
	}
	if strings.TrimSpace(inner) == "" {
		return
	}
	for i, arg := range strings.Split(inner, ",") {
		v, err := strconv.ParseUint(strings.TrimSpace(arg), 0, 64)
		switch {
		case i >= len(c.args):
			d.Errorf(at, "", "a call has six arguments, and %q has more", c.text)
			return
		case err != nil:
			d.Errorf(at, "a number of 64 bits, as 38 or 0x26", "an argument of %s cannot be %q", c.name, strings.TrimSpace(arg))
			return
		}
		c.args[i] = v
	}
}

// calls holds the answers of the final filter on the machine's own ABI. Without a filter every call is permitted.
func (h *shortfall) calls(list []expectedCall, r result, facts host.Facts) error {
	if len(list) == 0 {
		return nil
	}
	if r.Refused {
		h.add("calls", "answers", "refused: "+r.Message)
		return nil
	}
	if r.Filter == nil && r.Confined {
		h.add("calls", "answers", "a filter that is not known")
		return nil
	}
	filter := r.Filter
	if filter == nil {
		filter = &specs.LinuxSeccomp{DefaultAction: specs.ActAllow}
	}
	m, _, err := algebra.Read(filter, environment(facts))
	if err != nil {
		return err
	}
	for _, c := range list {
		got, ok := m.EvaluateName(facts.Native, c.name, c.args)
		if !ok {
			return document.Errorf(c.node, "", "%s has no call %s", facts.Native, c.name)
		}
		if !answers(got, c.answer) {
			h.add(c.text, c.answer, got.String())
		}
	}
	return nil
}

// answers reports whether an answer is what a word says.
func answers(a algebra.Answer, word string) bool {
	switch word {
	case wordDenied:
		return a.Class() == algebra.Denies
	case wordPermitted:
		return a.Class() == algebra.Permits
	}
	if n, ok := syscalls.Errno(word); ok {
		return a.Action == specs.ActErrno && a.Errno == n
	}
	return string(a.Action) == "SCMP_ACT_"+word
}
