#!/bin/sh
# Runs every fuzz target of the module and of the integration tests, each for FUZZTIME (a minute unless told).
set -eu
cd "$(dirname "$0")/../.."
for module in . integration; do
	for pkg in $(go -C "$module" list ./...); do
		dir=$(go -C "$module" list -f '{{.Dir}}' "$pkg")
		for target in $(grep -ho '^func Fuzz[A-Za-z0-9_]*' "$dir"/*_test.go 2>/dev/null | sed 's/^func //'); do
			echo "fuzz $pkg $target"
			go -C "$module" test -run '^$' -fuzz "^$target\$" -fuzzminimizetime 10x -fuzztime "${FUZZTIME:-60s}" "$pkg"
		done
	done
done
