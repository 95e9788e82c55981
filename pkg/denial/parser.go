package denial

// What a parser remembers.
const (
	maxParsed    = 256
	maxParsedLen = 1 << 10
)

// parser parses records, and remembers what stands behind their time: a process in a loop makes equal ones, but for that.
type parser struct{ parsed map[string]Event }

func newParser() *parser { return &parser{parsed: map[string]Event{}} }

// parse is ParseEvent.
func (p *parser) parse(text []byte) (Event, error) {
	stamp, fields, err := cut(text)
	if err != nil {
		return Event{}, err
	}
	e, known := p.parsed[string(fields)]
	if e.Time, err = parseStamp(stamp); err != nil {
		return Event{}, err
	}
	if known {
		return e, nil
	}
	if err := e.fill(fields); err != nil {
		return e, err
	}
	if len(fields) <= maxParsedLen {
		if len(p.parsed) >= maxParsed {
			clear(p.parsed)
		}
		p.parsed[string(fields)] = e
	}
	return e, nil
}
