package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// fact is what the reviewed files say of one name.
type fact struct {
	widths uint16 // two bits an argument, the first lowest: 0 is 64 bits, 1 is 32, 2 is 16
	enosys bool
	since  int // index into releases, or unverified
}

// releases are the libseccomp releases that brought names; a name is taken to be in the first unless said otherwise.
var releases = []string{"2.5.0", "2.5.2", "2.5.3", "2.5.4", "2.5.5", "2.5.6", "2.6.0", "2.6.1"}

// unverified marks a name that no checked release has.
const unverified = 255

// widthOf is the code of an argument's width by the type in the kernel's definition.
var widthOf = map[string]uint16{
	"int": 1, "uint": 1, "u32": 1, "s32": 1, "pid_t": 1, "uid_t": 1, "gid_t": 1, "qid_t": 1, "key_t": 1,
	"key_serial_t": 1, "clockid_t": 1, "timer_t": 1, "mqd_t": 1, "umode_t": 2,
	"long": 0, "ulong": 0, "u64": 0, "size_t": 0, "off_t": 0, "loff_t": 0, "ptr": 0,
}

// readFacts reads the reviewed files of dir. A name that no table has is an error: it would be a typo.
func readFacts(dir string, names []string) ([]fact, error) {
	facts := make([]fact, len(names))
	each := func(file string, columns int, set func(f *fact, row []string) error) error {
		rows, err := readTable(filepath.Join(dir, file), columns)
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		for _, row := range rows {
			i, ok := slices.BinarySearch(names, row[0])
			if !ok || seen[row[0]] {
				return fmt.Errorf("%s: %q is in no table, or twice in the file", file, row[0])
			}
			seen[row[0]] = true
			if err := set(&facts[i], row); err != nil {
				return fmt.Errorf("%s: %s: %w", file, row[0], err)
			}
		}
		return nil
	}
	if err := each("arguments.tsv", 2, setWidths); err != nil {
		return nil, err
	}
	if err := each("fallbacks.tsv", 2, func(f *fact, _ []string) error { f.enosys = true; return nil }); err != nil {
		return nil, err
	}
	return facts, each("vocabulary.tsv", 3, setSince)
}

func setWidths(f *fact, row []string) error {
	types := strings.Fields(row[1])
	if len(types) > 6 {
		return fmt.Errorf("%d arguments", len(types))
	}
	for i, t := range types {
		w, ok := widthOf[t]
		if !ok {
			return fmt.Errorf("unknown type %q", t)
		}
		f.widths |= w << (2 * i)
	}
	return nil
}

func setSince(f *fact, row []string) error {
	if row[1] == "-" {
		f.since = unverified
		return nil
	}
	if f.since = slices.Index(releases, row[1]); f.since < 0 {
		return fmt.Errorf("unknown release %q", row[1])
	}
	return nil
}

// readTable reads a file of tab-separated columns; lines that start with # are comments.
func readTable(file string, columns int) ([][]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var rows [][]string
	for i, line := range strings.Split(string(text), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		row := strings.Split(line, "\t")
		if len(row) != columns {
			return nil, fmt.Errorf("%s:%d: %d columns, not %d", file, i+1, len(row), columns)
		}
		rows = append(rows, row)
	}
	return rows, nil
}
