package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/elastic/go-seccomp-bpf/arch"
)

// x32Bit marks the numbers of x32 (__X32_SYSCALL_BIT).
const x32Bit = 0x40000000

// abis lists the ABIs in the order of the generated table, as GOARCH spells them (x32 has no GOARCH).
var abis = []string{"amd64", "386", "x32", "arm64", "arm", "riscv64", "ppc64le", "s390x", "loong64"}

var (
	numberLine = regexp.MustCompile(`(?m)^\tSYS_(\w+)\s+= (\d+)$`)
	errnoLine  = regexp.MustCompile(`(?m)^\t(E[A-Z0-9]+)\s+= syscall\.Errno\(0x([0-9a-f]+)\)$`)
)

// moduleDir returns the directory of a module that the build uses.
func moduleDir(path string) (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", path).Output()
	if err != nil {
		return "", fmt.Errorf("find module %s: %w", path, err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "unix"), nil
}

// readNumbers returns the numbers by ABI and name, and the names that only other ABIs have.
func readNumbers(unix, corrections string) (map[string]map[string]int, []string, error) {
	numbers := map[string]map[string]int{}
	for _, abi := range abis {
		if abi == "x32" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(unix, "zsysnum_linux_"+abi+".go"))
		if err != nil {
			return nil, nil, fmt.Errorf("read numbers of %s: %w", abi, err)
		}
		numbers[abi] = map[string]int{}
		for _, m := range numberLine.FindAllStringSubmatch(string(text), -1) {
			nr, err := strconv.Atoi(m[2])
			if err != nil {
				return nil, nil, fmt.Errorf("read numbers of %s: %w", abi, err)
			}
			numbers[abi][strings.ToLower(m[1])] = nr
		}
	}
	numbers["x32"] = x32(numbers["amd64"])
	foreign, err := correct(numbers, corrections)
	return numbers, foreign, err
}

// x32 derives the table of x32, for which x/sys has none: amd64's numbers with x32's bit, but for the calls that pass
// structures of another layout and have numbers of their own from 512 up (arch/x86/entry/syscalls/syscall_64.tbl).
func x32(amd64 map[string]int) map[string]int {
	table := map[string]int{}
	for name, nr := range amd64 {
		table[name] = nr | x32Bit
	}
	// By number: a name of this list that has a number of its own stands under amd64's number too.
	for nr, name := range arch.X32.SyscallNumbers {
		if nr >= 512 {
			table[name] = nr | x32Bit
		}
	}
	return table
}

// correct applies data/numbers.tsv. Each row has to change something, so that none outlives its reason.
func correct(numbers map[string]map[string]int, file string) (foreign []string, err error) {
	rows, err := readTable(file, 4)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		abi, name, number := row[0], row[1], row[2]
		_, there := numbers[abi][name]
		switch {
		case abi == "other":
			foreign = append(foreign, name)
		case numbers[abi] == nil:
			return nil, fmt.Errorf("%s: no ABI %q", file, abi)
		case number == "-" && there:
			delete(numbers[abi], name)
		case number != "-" && !there:
			nr, err := strconv.ParseInt(number, 0, 32)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			numbers[abi][name] = int(nr)
		default:
			return nil, fmt.Errorf("%s: row of %s %s changes nothing", file, abi, name)
		}
	}
	return foreign, nil
}

// union returns all names, sorted.
func union(numbers map[string]map[string]int, foreign []string) []string {
	all := map[string]bool{}
	for _, table := range numbers {
		for name := range table {
			all[name] = true
		}
	}
	for _, name := range foreign {
		all[name] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// readErrnos returns the error numbers that all Linux architectures of the tables share.
func readErrnos(unix string) (map[string]int, error) {
	errnos := map[string]int{}
	for _, file := range []string{"zerrors_linux.go", "zerrors_linux_amd64.go"} {
		text, err := os.ReadFile(filepath.Join(unix, file))
		if err != nil {
			return nil, fmt.Errorf("read error numbers: %w", err)
		}
		for _, m := range errnoLine.FindAllStringSubmatch(string(text), -1) {
			nr, err := strconv.ParseInt(m[2], 16, 32)
			if err != nil {
				return nil, fmt.Errorf("read error numbers: %w", err)
			}
			errnos[m[1]] = int(nr)
		}
	}
	return errnos, nil
}
