package engineconf

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// jsonText is an object in JSON that is edited by splicing: what is not named keeps every byte.
type jsonText string

// member is a member of an object, by its place in the text.
type member struct {
	key                  string
	start                int // of the key
	valueStart, valueEnd int
}

// object is the place of an object and its members, in order.
type object struct {
	start, end int // of the braces; end is after the closing one
	members    []member
}

// parse reads the object whose opening brace is the first thing at or after from. Keys that are equal, or differ in case
// alone, are an error: Go's readers of JSON, which engines are, would take them for one.
func (t jsonText) parse(from int) (object, error) {
	dec := json.NewDecoder(strings.NewReader(string(t[from:])))
	dec.UseNumber()
	at := func() int { return from + int(dec.InputOffset()) }
	tok, err := dec.Token()
	if err != nil {
		return object{}, t.located(err, at())
	}
	if tok != json.Delim('{') {
		return object{}, fmt.Errorf("%s: it is not an object", t.position(from))
	}
	o := object{start: at() - 1}
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return object{}, t.located(err, at())
		}
		key, ok := tok.(string)
		if !ok {
			return object{}, fmt.Errorf("%s: a key is not a string", t.position(at()))
		}
		m := member{key: key, start: bytesBefore(string(t), at())}
		for _, other := range o.members {
			if strings.EqualFold(other.key, key) {
				return object{}, fmt.Errorf("%s: the keys %q and %q are one to whoever reads this", t.position(m.start), other.key, key)
			}
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return object{}, t.located(err, at())
		}
		m.valueEnd = at()
		m.valueStart = m.valueEnd - len(raw)
		o.members = append(o.members, m)
	}
	if _, err := dec.Token(); err != nil {
		return object{}, t.located(err, at())
	}
	o.end = at()
	return o, nil
}

// bytesBefore returns the start of the string that ends at end: its opening quote is the last one that is not escaped.
func bytesBefore(text string, end int) int {
	for i := end - 2; i >= 0; i-- {
		if text[i] != '"' {
			continue
		}
		slashes := 0
		for j := i - 1; j >= 0 && text[j] == '\\'; j-- {
			slashes++
		}
		if slashes%2 == 0 {
			return i
		}
	}
	return 0
}

// root parses the whole text: one object, and nothing but blanks around it.
func (t jsonText) root() (object, error) {
	o, err := t.parse(0)
	if err != nil {
		return o, err
	}
	if rest := strings.TrimSpace(string(t[o.end:])); rest != "" {
		return o, fmt.Errorf("%s: something follows the object", t.position(o.end))
	}
	return o, nil
}

func (o object) find(key string) (member, bool) {
	for _, m := range o.members {
		if m.key == key {
			return m, true
		}
	}
	return member{}, false
}

// value is the text of a member's value.
func (t jsonText) value(m member) string { return string(t[m.valueStart:m.valueEnd]) }

// text is the value of a member that is a string.
func (t jsonText) text(m member) (string, bool) {
	var s string
	err := json.Unmarshal([]byte(t.value(m)), &s)
	return s, err == nil
}

// set gives a member of an object a value, and adds the member at the end where it is missing, laid out as its neighbour is.
func (t jsonText) set(o object, key, value string) jsonText {
	if m, ok := o.find(key); ok {
		return t[:m.valueStart] + jsonText(value) + t[m.valueEnd:]
	}
	name, _ := json.Marshal(key) // a string: it cannot fail
	if len(o.members) == 0 {
		inner := t.indent(o.start) + t.step()
		return t[:o.start+1] + jsonText("\n"+inner+string(name)+": "+value+"\n"+t.indent(o.start)) + t[o.end-1:]
	}
	last := o.members[len(o.members)-1]
	before := o.start + 1
	if n := len(o.members); n > 1 {
		before = o.members[n-2].valueEnd
		before += strings.IndexByte(string(t[before:]), ',') + 1
	}
	return t[:last.valueEnd] + "," + t[before:last.start] + jsonText(string(name)+": "+value) + t[last.valueEnd:]
}

// remove takes a member out, with the comma and the blanks that set put before it.
func (t jsonText) remove(o object, key string) jsonText {
	for i, m := range o.members {
		if m.key != key {
			continue
		}
		switch {
		case len(o.members) == 1:
			return t[:o.start+1] + t[o.end-1:]
		case i > 0:
			return t[:o.members[i-1].valueEnd] + t[m.valueEnd:]
		default:
			return t[:m.start] + t[o.members[1].start:]
		}
	}
	return t
}

// indent is the blank beginning of the line of a position.
func (t jsonText) indent(at int) string {
	line := string(t[strings.LastIndexByte(string(t[:at]), '\n')+1 : at])
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

// step is what a level is indented by: the beginning of the first line that is, and else four blanks.
func (t jsonText) step() string {
	for line := range strings.Lines(string(t)) {
		if rest := strings.TrimLeft(line, " \t"); rest != line && strings.TrimSpace(rest) != "" {
			return line[:len(line)-len(rest)]
		}
	}
	return "    "
}

func (t jsonText) located(err error, at int) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("%s: %w", t.position(at), err)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s: the text ends too early", t.position(len(t)))
	}
	return fmt.Errorf("%s: %w", t.position(at), err)
}

// position is the line and column of an offset.
func (t jsonText) position(at int) string {
	before := []byte(t[:min(at, len(t))])
	line := bytes.Count(before, []byte{'\n'})
	return fmt.Sprintf("%d:%d", line+1, len(before)-bytes.LastIndexByte(before, '\n'))
}
