// Command gen prints pkg/syscalls/zsyscalls.go: the system call tables of nine ABIs from golang.org/x/sys/unix, which is
// generated from the kernel's headers, and what the reviewed files in pkg/syscalls/data add.
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"os"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run reads all sources, relative to pkg/syscalls, and writes the formatted result to standard output.
func run() error {
	unix, err := moduleDir("golang.org/x/sys")
	if err != nil {
		return err
	}
	numbers, foreign, err := readNumbers(unix, "data/numbers.tsv")
	if err != nil {
		return err
	}
	names := union(numbers, foreign)
	facts, err := readFacts("data", names)
	if err != nil {
		return err
	}
	errnos, err := readErrnos(unix)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	write(&out, names, facts, numbers, errnos)
	source, err := format.Source(out.Bytes())
	if err != nil {
		return fmt.Errorf("format: %w", err)
	}
	_, err = os.Stdout.Write(source)
	return err
}
