#!/bin/sh
# Fetch the distribution's own runc, crun, Docker, podman and containerd into
# .build/debian, unpacked and not installed: no service is started by them, and
# tests run them by their paths, or in a machine of their own that has them.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
dir=$(dirname -- "$here")/.build/debian

packages='runc crun libyajl2 docker.io containerd podman conmon uidmap libgpgme11 libassuan0 libsubid4 libdevmapper1.02.1
	golang-github-containers-common golang-github-containers-image'
if [ "$packages" = "$(cat "$dir/.fetched" 2>/dev/null || true)" ]; then
	exit 0
fi
rm -rf "$dir"
mkdir -p "$dir/packages"
cd "$dir/packages"
echo "integration/runtimes: fetching" "$packages" >&2
# apt reads packages as a user of its own, who may not come here.
# shellcheck disable=SC2086 # a list of package names, split on purpose
fetch() { apt-get download -q -o APT::Sandbox::User=root $packages; }
fetch >&2 || { apt-get update -q >&2 && fetch >&2; }
for package in *.deb; do
	dpkg-deb -x "$package" "$dir"
done
echo "$packages" >"$dir/.fetched"
