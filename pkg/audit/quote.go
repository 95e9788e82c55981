package audit

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Quote returns text that a workload chose so that a terminal and a log shows it and does not obey it: control and
// formatting characters (bidirectional ones among them) and bytes that are not UTF-8 become escapes as in Go, and what is
// over limit bytes long ends in "…". Text without such characters comes back as it is.
func Quote(s string, limit int) string {
	cut := len(s) > limit
	if cut {
		s = prefix(s, limit)
	}
	if strings.IndexFunc(s, hidden) >= 0 || !utf8.ValidString(s) {
		q := strconv.QuoteToGraphic(s)
		s = strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
	}
	if cut {
		s += "…"
	}
	return s
}

// hidden reports whether a terminal does something else with a character than showing it.
func hidden(r rune) bool { return !unicode.IsGraphic(r) || r == '\u2028' || r == '\u2029' }

// prefix cuts text to at most n bytes, at a rune's start.
func prefix(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// escape replaces hidden characters in JSON by their \u escapes. In what encoding/json writes they stand inside strings
// only, so the value stays the same; what it escapes itself (below U+0020) is not there any more.
func escape(line []byte) []byte { return escapeKeeping(line, -1) }

// escapeKeeping is escape for JSON that is laid out with a character.
func escapeKeeping(line []byte, keep rune) []byte {
	text := string(line)
	if strings.IndexFunc(text, func(r rune) bool { return hidden(r) && r != keep }) < 0 {
		return line
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case !hidden(r) || r == keep:
			b.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			unit(&b, 0xd800+r>>10)
			unit(&b, 0xdc00+r&0x3ff)
		default:
			unit(&b, r)
		}
	}
	return []byte(b.String())
}

// unit writes a UTF-16 code unit as JSON escapes it.
func unit(b *strings.Builder, r rune) {
	const hex = "0123456789abcdef"
	b.WriteString(`\u`)
	for shift := 12; shift >= 0; shift -= 4 {
		b.WriteByte(hex[r>>shift&0xf])
	}
}
