#!/bin/sh
# Build the real parts that the integration tests run into .build/bin:
# containerd, ctr, its shim and runc from the modules pinned in engines/, the
# probe, and our own binaries as far as they exist. Quick when up to date.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")
bin=$root/.build/bin
jobs=${SECCOMPD_BUILD_JOBS:-$(nproc)}
mkdir -p "$bin"

say() { echo "integration/build: $*" >&2; }

# The engines are a module of their own that does not require ours: containerd
# must be built with the nri that it vendors, not with the one that we use.
engines() {
	cd "$here/engines"
	want=$(cat go.mod go.sum "$here/build.sh" "$(go env GOROOT)/VERSION" | sha256sum)
	if [ "$want" = "$(cat "$bin/.engines" 2>/dev/null || true)" ]; then
		return
	fi
	containerd=github.com/containerd/containerd/v2
	version=$(go list -m -f '{{.Version}}' "$containerd")

	say "containerd $version, ctr, containerd-shim-runc-v2"
	go build -p "$jobs" -o "$bin/" \
		-tags 'no_btrfs no_zfs no_devmapper urfave_cli_no_docs' \
		-ldflags "-s -w -X $containerd/version.Version=$version" \
		"$containerd/cmd/containerd" "$containerd/cmd/ctr"
	CGO_ENABLED=0 go build -p "$jobs" -o "$bin/" \
		-tags 'no_grpc urfave_cli_no_docs' \
		-ldflags "-s -w -X $containerd/version.Version=$version" \
		"$containerd/cmd/containerd-shim-runc-v2"

	runc=github.com/opencontainers/runc
	say "runc $(go list -m -f '{{.Version}}' "$runc"), with libseccomp $(pkg-config --modversion libseccomp)"
	go build -p "$jobs" -o "$bin/" -tags seccomp -ldflags '-s -w' "$runc"

	echo "$want" >"$bin/.engines"
}

# Freestanding and static: nothing but the calls that it is asked to make, so
# that it still runs under filters which would kill a libc's start-up.
probe() {
	if [ -z "$(find "$here/probe" "$here/build.sh" -newer "$bin/probe" 2>/dev/null || echo none)" ]; then
		return
	fi
	say "probe"
	gcc -std=gnu11 -O1 -Wall -Wextra -Werror -static -nostdlib -ffreestanding \
		-fno-stack-protector -fno-builtin -fno-pie -no-pie \
		-fno-asynchronous-unwind-tables -Wl,--build-id=none \
		-o "$bin/probe" "$here/probe/probe.c"
}

# What an ordinary program does, with either C library.
programs() {
	for compiler in gcc musl-gcc; do
		out=$bin/programs-$compiler
		if [ -n "$(find "$here/probe/programs.c" "$here/build.sh" -newer "$out" 2>/dev/null || echo none)" ]; then
			say "programs, by $compiler"
			"$compiler" -std=gnu11 -O1 -Wall -Wextra -Werror -static -pthread -o "$out" "$here/probe/programs.c"
		fi
	done
}

# mains DIR OUTPUT PACKAGE builds a main package of the module in DIR, if it is there.
mains() {
	if [ -e "$1/$3/main.go" ]; then
		(cd "$1" && go build -p "$jobs" -o "$bin/$2" "./$3")
	fi
}

(engines)
sh "$here/runtimes.sh"
probe
programs
mains "$root" seccompd plugin
mains "$root" seccompctl cmd/seccompctl
make -s -C "$root" door
mains "$root" seccompd-hook hook
mains "$here" conflictor cmd/conflictor
mains "$here" faulty cmd/faulty
