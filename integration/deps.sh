#!/bin/sh
# Install the Debian packages that building and running the tests
# needs. Says what it installs; does nothing where all of them are there.
set -eu

missing=''
for package in gcc libc6-dev libseccomp-dev pkg-config busybox-static musl-tools shellcheck ca-certificates; do
	status=$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || true)
	case $status in
	ii*) ;;
	*) missing="$missing $package" ;;
	esac
done
if [ -z "$missing" ]; then
	exit 0
fi

echo "integration/deps: installing$missing" >&2
if [ "$(id -u)" -ne 0 ]; then
	echo "integration/deps: run this as root" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
# shellcheck disable=SC2086 # a list of package names, split on purpose
apt-get install -q -y --no-install-recommends $missing
