package oci

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// escapes are those of one character.
var escapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escaped reads the rest of a string from its first escape on.
func (s *scanner) escaped(open, start int) (string, error) {
	var b strings.Builder
	b.WriteString(s.text[start:s.pos])
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		switch {
		case c == '"':
			s.pos++
			if !utf8.ValidString(b.String()) {
				return "", s.errorf(open, "a string that is not valid UTF-8")
			}
			return b.String(), nil
		case c < 0x20:
			return "", s.errorf(s.pos, "a control character in a string")
		case c != '\\':
			b.WriteByte(c)
			s.pos++
		case strings.HasPrefix(s.text[s.pos:], `\u`):
			r, err := s.codePoint()
			if err != nil {
				return "", err
			}
			b.WriteRune(r)
		default:
			e, ok := byte(0), false
			if s.pos+1 < len(s.text) {
				e, ok = escapes[s.text[s.pos+1]]
			}
			if !ok {
				return "", s.errorf(s.pos, "not a valid escape in a string")
			}
			b.WriteByte(e)
			s.pos += 2
		}
	}
	return "", s.errorf(open, "a string that does not end")
}

// codePoint reads \uXXXX, or two of them that make a character.
func (s *scanner) codePoint() (rune, error) {
	at := s.pos
	r, ok := s.hex4()
	if !ok {
		return 0, s.errorf(at, "not a valid escape in a string")
	}
	if r == 0 {
		return 0, s.errorf(at, "a NUL in a string: it ends there for some runtimes")
	}
	if !utf16.IsSurrogate(r) {
		return r, nil
	}
	low, ok := s.hex4()
	if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
		return 0, s.errorf(at, "half of a surrogate pair in a string")
	}
	return r, nil
}

func (s *scanner) hex4() (rune, bool) {
	if !strings.HasPrefix(s.text[s.pos:], `\u`) || s.pos+6 > len(s.text) {
		return 0, false
	}
	digits := s.text[s.pos+2 : s.pos+6]
	n, err := strconv.ParseUint(digits, 16, 16)
	if err != nil || strings.ContainsAny(digits, "+-_") {
		return 0, false
	}
	s.pos += 6
	return rune(n), true
}
