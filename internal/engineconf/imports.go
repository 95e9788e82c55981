package engineconf

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

var (
	importsKey  = regexp.MustCompile(`^\s*(?:imports|"imports"|'imports')\s*=\s*\[`)
	tableHeader = regexp.MustCompile(`^\s*\[`)
)

// newMain is the main file that we write where there is none. containerd reads no drop-in then (2.4.2: the default list of
// imports is only written out, never followed).
func newMain(glob string) string {
	return "# Made by seccompd, because containerd reads drop-ins only where this file imports them.\nversion = 3\n" + importLine(glob)
}

func importLine(glob string) string { return "imports = ['" + glob + "'] # added by seccompd\n" }

func importEntry(glob string) string { return "'" + glob + "', " }

// withImport adds glob to the top-level list of imports, and changes no other byte. Ours stands first, so that what the
// owner of the node imports is read after it and wins where both set a key; Plan then refuses rather than be overridden.
func withImport(text, glob string) (string, error) {
	if strings.Contains(text, importLine(glob)) || strings.Contains(text, importEntry(glob)) {
		return "", errors.New("it names our import where containerd does not read it")
	}
	edited := importLine(glob) + text
	if at := importsAt(text); at >= 0 {
		edited = text[:at] + importEntry(glob) + text[at:]
	}
	if err := sameButImports(text, edited, glob); err != nil {
		return "", fmt.Errorf("add %q to its imports by hand: %w", glob, err)
	}
	return edited, nil
}

// withoutImport is the inverse of withImport.
func withoutImport(text, glob string) string {
	if at := importsAt(text); at >= 0 && strings.HasPrefix(text[at:], importEntry(glob)) {
		return text[:at] + text[at+len(importEntry(glob)):]
	}
	before, after, _ := strings.Cut(text, importLine(glob))
	return before + after
}

// importsAt returns the position right after the bracket that opens the top-level list of imports, or -1.
func importsAt(text string) int {
	at := 0
	for line := range strings.Lines(text) {
		if tableHeader.MatchString(line) {
			break
		}
		if span := importsKey.FindStringIndex(line); span != nil {
			return at + span[1]
		}
		at += len(line)
	}
	return -1
}

// sameButImports reports an error unless edited means what text means, with glob as its first import.
func sameButImports(text, edited, glob string) error {
	var before, after map[string]any
	if err := toml.Unmarshal([]byte(text), &before); err != nil {
		return fmt.Errorf("parse it: %w", err)
	}
	if err := toml.Unmarshal([]byte(edited), &after); err != nil {
		return fmt.Errorf("parse it after the edit: %w", err)
	}
	want := maps.Clone(before)
	if want == nil {
		want = map[string]any{}
	}
	imports, _ := before["imports"].([]any)
	want["imports"] = append([]any{glob}, imports...)
	if !reflect.DeepEqual(want, after) {
		return errors.New("its list of imports is written in a way that we do not edit")
	}
	return nil
}
