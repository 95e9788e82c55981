#!/bin/sh
# Runs every fuzz target of the module, each for FUZZTIME (a minute unless told).
set -eu
cd "$(dirname "$0")/../.."
for pkg in $(go list ./...); do
	dir=$(go list -f '{{.Dir}}' "$pkg")
	for target in $(grep -ho '^func Fuzz[A-Za-z0-9_]*' "$dir"/*_test.go 2>/dev/null | sed 's/^func //'); do
		echo "fuzz $pkg $target"
		go test -run '^$' -fuzz "^$target\$" -fuzzminimizetime 10x -fuzztime "${FUZZTIME:-60s}" "$pkg"
	done
done
