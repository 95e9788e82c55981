package oci

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/seccompd/seccompd/internal/document"
)

// Limits of a configuration. The kernel takes 6 MiB of arguments and environment at most, which JSON may spell six times as
// long; what engines write is some 30 KiB.
const (
	// MaxSize is the size of the largest configuration that is read, in bytes.
	MaxSize = 16 << 20
	// MaxDepth is how deep lists and objects may nest.
	MaxDepth = 64
	// MaxValues is how many values there may be, lists and objects among them. A value takes more memory than text.
	MaxValues = 500_000
)

type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindString
	kindList
	kindObject
)

// names are for messages.
var names = [...]string{"null", "a boolean", "a number", "a string", "a list", "an object"}

// value is one value of the text, with its place in it.
type value struct {
	kind       kind
	start, end int
	// text is a number as it is written, or a string without quotes and escapes.
	text string
	// members are those of an object or a list, in order; the latter have no keys.
	members []member
}

type member struct {
	key   string
	at    int // of the key
	value value
}

// get returns the value of an object's key, compared exactly; nil where it is not there or null.
func (v *value) get(key string) *value {
	if v == nil || v.kind != kindObject {
		return nil
	}
	for i := range v.members {
		if v.members[i].key == key && v.members[i].value.kind != kindNull {
			return &v.members[i].value
		}
	}
	return nil
}

// scanner reads a text into values. It accepts RFC 8259 and no more, and less of it where runtimes differ.
type scanner struct {
	file string
	text string
	pos  int
	// values is how many were begun.
	values int
	// outline leaves out what is in lists, after reading it.
	outline bool
}

// scan reads a whole text whose keys are of a kind.
func scan(file string, data []byte, keys keys) (value, error) {
	return (&scanner{file: file, text: string(data)}).whole(keys)
}

func (s *scanner) whole(keys keys) (value, error) {
	switch {
	case len(s.text) > MaxSize:
		return value{}, s.errorf(-1, "it has %d bytes, more than the %d that are read", len(s.text), MaxSize)
	case strings.HasPrefix(s.text, "\ufeff"):
		return value{}, s.errorf(0, "it starts with a byte order mark")
	}
	s.space()
	v, err := s.value(0, keys)
	if err != nil {
		return value{}, err
	}
	if s.space(); s.pos < len(s.text) {
		return value{}, s.errorf(s.pos, "text after the end of the configuration")
	}
	return v, nil
}

// errorf makes an error at an offset; -1 is none.
func (s *scanner) errorf(at int, format string, args ...any) error {
	e := &document.Error{File: s.file, Message: fmt.Sprintf(format, args...)}
	if at >= 0 {
		before := s.text[:min(at, len(s.text))]
		e.Line, e.Column = 1+strings.Count(before, "\n"), len(before)-strings.LastIndexByte(before, '\n')
	}
	return e
}

func (s *scanner) space() {
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return
		}
	}
}

// peek returns the next byte, or 0 at the end. A NUL is valid nowhere.
func (s *scanner) peek() byte {
	if s.pos < len(s.text) {
		return s.text[s.pos]
	}
	return 0
}

func (s *scanner) value(depth int, keys keys) (value, error) {
	v := value{start: s.pos}
	if s.values++; s.values > MaxValues {
		return v, s.errorf(s.pos, "more than %d values", MaxValues)
	}
	var err error
	switch c := s.peek(); {
	case c == '{' || c == '[':
		if depth >= MaxDepth {
			return v, s.errorf(s.pos, "nested more than %d deep", MaxDepth)
		}
		if c == '[' {
			v.kind = kindList
			err = s.list(&v, depth, keys)
		} else {
			v.kind = kindObject
			err = s.object(&v, depth, keys)
		}
	case c == '"':
		v.kind = kindString
		v.text, err = s.string()
	case c == '-' || c >= '0' && c <= '9':
		v.kind = kindNumber
		v.text, err = s.number(keys)
	case s.word("true"), s.word("false"):
		v.kind, v.text = kindBool, s.text[v.start:s.pos]
	case s.word("null"):
		v.kind = kindNull
	case s.pos >= len(s.text):
		err = s.errorf(s.pos, "it ends too early")
	default:
		err = s.errorf(s.pos, "not valid JSON: no value can start with %q", s.text[s.pos])
	}
	v.end = s.pos
	return v, err
}

func (s *scanner) word(w string) bool {
	if !strings.HasPrefix(s.text[s.pos:], w) {
		return false
	}
	s.pos += len(w)
	return true
}

func (s *scanner) list(v *value, depth int, keys keys) error {
	s.pos++
	for first := true; ; first = false {
		if s.space(); s.peek() == ']' {
			break
		}
		if !first {
			if err := s.comma(); err != nil {
				return err
			}
		}
		at := s.pos
		item, err := s.value(depth+1, keys)
		if err != nil {
			return err
		}
		if !s.outline {
			v.members = append(v.members, member{at: at, value: item})
		}
	}
	s.pos++
	return nil
}

func (s *scanner) object(v *value, depth int, keys keys) error {
	s.pos++
	for s.space(); s.peek() != '}'; s.space() {
		if len(v.members) > 0 {
			if err := s.comma(); err != nil {
				return err
			}
		}
		m := member{at: s.pos}
		if s.peek() != '"' {
			return s.errorf(s.pos, "not valid JSON: a key is expected")
		}
		var err error
		if m.key, err = s.string(); err != nil {
			return err
		}
		if s.space(); s.peek() != ':' {
			return s.errorf(s.pos, "not valid JSON: a colon is expected")
		}
		s.pos++
		s.space()
		if m.value, err = s.value(depth+1, keys.below(m.key)); err != nil {
			return err
		}
		v.members = append(v.members, m)
	}
	s.pos++
	return s.unique(v.members, keys)
}

// comma reads a comma and the space after it.
func (s *scanner) comma() error {
	if s.peek() != ',' {
		return s.errorf(s.pos, "not valid JSON: a comma or the end is expected")
	}
	s.pos++
	s.space()
	if c := s.peek(); c == '}' || c == ']' {
		return s.errorf(s.pos, "not valid JSON: a comma before the end")
	}
	return nil
}

// number reads a number. Runtimes cut, round or refuse one that is not whole or has more than 64 bits, so the parts of a
// configuration that they read may have none.
func (s *scanner) number(keys keys) (string, error) {
	start := s.pos
	if s.peek() == '-' {
		s.pos++
	}
	whole := s.digits()
	if whole == "" || len(whole) > 1 && whole[0] == '0' {
		return "", s.errorf(start, "not a valid number")
	}
	fraction := false
	if s.peek() == '.' {
		fraction = true
		s.pos++
		if s.digits() == "" {
			return "", s.errorf(start, "not a valid number")
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		fraction = true
		s.pos++
		if c := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		if s.digits() == "" {
			return "", s.errorf(start, "not a valid number")
		}
	}
	text := s.text[start:s.pos]
	if _, err := strconv.ParseFloat(text, 64); err != nil {
		return "", s.errorf(start, "the number %.40s is out of range", text)
	}
	if keys == keysFree {
		return text, nil
	}
	if fraction {
		return "", s.errorf(start, "the number %.40s is not written as a whole one, and runtimes read it differently", text)
	}
	_, errInt := strconv.ParseInt(text, 10, 64)
	_, errUint := strconv.ParseUint(text, 10, 64)
	if errInt != nil && errUint != nil {
		return "", s.errorf(start, "the number %.40s is out of range", text)
	}
	return text, nil
}

func (s *scanner) digits() string {
	start := s.pos
	for s.pos < len(s.text) && s.text[s.pos] >= '0' && s.text[s.pos] <= '9' {
		s.pos++
	}
	return s.text[start:s.pos]
}

// string reads a string. What a runtime in C or in Go would see otherwise is refused: a NUL, half of a surrogate pair,
// bytes that are not UTF-8.
func (s *scanner) string() (string, error) {
	open := s.pos
	s.pos++
	start, ascii := s.pos, true
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case c == '"':
			text := s.text[start:s.pos]
			s.pos++
			if !ascii && !utf8.ValidString(text) {
				return "", s.errorf(open, "a string that is not valid UTF-8")
			}
			return text, nil
		case c == '\\':
			return s.escaped(open, start)
		case c < 0x20:
			return "", s.errorf(s.pos, "a control character in a string")
		case c >= utf8.RuneSelf:
			ascii = false
		}
		s.pos++
	}
	return "", s.errorf(open, "a string that does not end")
}
