#!/bin/sh
# Fetch the distribution's own runc and crun into .build/debian, unpacked and not
# installed: a test runs them by their paths, and nothing else should find them.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
dir=$(dirname -- "$here")/.build/debian

if [ -e "$dir/.fetched" ]; then
	exit 0
fi
rm -rf "$dir"
mkdir -p "$dir/packages"
cd "$dir/packages"
echo "integration/runtimes: fetching runc, crun and libyajl2" >&2
# apt reads packages as a user of its own, who may not come here.
fetch() { apt-get download -q -o APT::Sandbox::User=root runc crun libyajl2; }
fetch >&2 || { apt-get update -q >&2 && fetch >&2; }
for package in *.deb; do
	dpkg-deb -x "$package" "$dir"
done
touch "$dir/.fetched"
