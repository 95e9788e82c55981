#!/bin/sh
# Fetch nginx and redis from the distribution into .build/workloads, unpacked and
# not installed: tests run them in containers, on the machine's libraries and on
# those that come with them here.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
dir=$(dirname -- "$here")/.build/workloads

if [ -e "$dir/.fetched" ]; then
	exit 0
fi
rm -rf "$dir"
mkdir -p "$dir/packages"
cd "$dir/packages"
echo "integration/workloads: fetching nginx and redis" >&2
# apt reads packages as a user of its own, who may not come here.
fetch() {
	apt-get download -q -o APT::Sandbox::User=root nginx redis-tools libpcre2-8-0 libssl3 zlib1g libcrypt1 libc6 \
		libjemalloc2 liblua5.1-0 liblzf1 libatomic1 libsystemd0 libcap2 libgcrypt20 liblzma5 libzstd1 liblz4-1 libgpg-error0 lua-cjson lua-bitop libstdc++6 libgcc-s1
}
fetch >&2 || { apt-get update -q >&2 && fetch >&2; }
for package in *.deb; do
	dpkg-deb -x "$package" "$dir"
done
touch "$dir/.fetched"
