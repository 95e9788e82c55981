#!/bin/sh
# Install seccompd on a node with containerd, in audit mode: it decides and records, and nothing on the node changes until
# 'seccompctl enforce'. Nothing is downloaded. See docs/install.md.
set -eu
# What is made before its mode is set must not be writable by others for a moment, whatever the shell's own mask is.
umask 022

usage() {
	cat <<EOF
Usage: install.sh [OPTION]...

  --dry-run             say what would be done, and do nothing
  --enforce             leave audit at once: the policy is enforced, and containerd creates no container without seccompd
  --uninstall           take out all that was installed; policies that you edited, and the records, stay
  --purge               with --uninstall: take these out too
  --restart-containerd  restart containerd where that is needed, instead of only saying so
  --engine NAME         the engine to guard: containerd (the default, and the only one for now)
  --containerd FILE     the containerd program (default: the one in PATH)
  --containerd-config FILE     its configuration (default: /etc/containerd/config.toml)
  --containerd-drop-ins DIR    where our part of it goes (default: /etc/containerd/conf.d)
  --prefix DIR          where programs go (default: \$PREFIX, or /usr/local)
  --destdir DIR         install into this directory for a package or an image, and start nothing (default: \$DESTDIR)
  --help                print this
EOF
}

say() { printf '%s\n' "$*"; }
warn() { printf 'install.sh: %s\n' "$*" >&2; }
die() {
	warn "$*"
	exit 1
}
wrong() {
	warn "$* (see install.sh --help)"
	exit 2
}

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
prefix=${PREFIX:-/usr/local}
destdir=${DESTDIR:-}
engine=containerd
containerd=''
config=/etc/containerd/config.toml
dropins=/etc/containerd/conf.d
dry='' enforce='' uninstall='' purge='' restart=''

while [ $# -gt 0 ]; do
	case $1 in
	--dry-run) dry=yes ;;
	--enforce) enforce=yes ;;
	--uninstall) uninstall=yes ;;
	--purge) purge=yes ;;
	--restart-containerd) restart=yes ;;
	--help | -h)
		usage
		exit 0
		;;
	--engine | --containerd | --containerd-config | --containerd-drop-ins | --prefix | --destdir)
		[ $# -ge 2 ] || wrong "$1 needs a value"
		case $1 in
		--engine) engine=$2 ;;
		--containerd) containerd=$2 ;;
		--containerd-config) config=$2 ;;
		--containerd-drop-ins) dropins=$2 ;;
		--prefix) prefix=$2 ;;
		--destdir) destdir=$2 ;;
		esac
		shift
		;;
	--*=*)
		value=${1#*=}
		flag=${1%%=*}
		shift
		set -- _ "$flag" "$value" "$@"
		;;
	*) wrong "unknown option $1" ;;
	esac
	shift
done

[ "$engine" = containerd ] || die "--engine $engine: only containerd can be guarded by this version"
[ -z "$purge" ] || [ -n "$uninstall" ] || wrong "--purge goes with --uninstall"
[ -z "$enforce" ] || [ -z "$uninstall" ] || wrong "--enforce and --uninstall exclude each other"
[ -z "$enforce" ] || [ -z "$destdir" ] || die "--enforce needs the running node, not --destdir: run 'seccompctl enforce' there"
for path in "$prefix" "${destdir:-/}" "$config" "$dropins"; do
	case $path in
	*[[:space:]]*) die "$path: paths with blanks are not supported" ;;
	/*) ;;
	*) die "$path: the path must begin with /" ;;
	esac
done
prefix=${prefix%/}
destdir=${destdir%/}

bin=$prefix/bin
share=$prefix/share/seccompd
etc=/etc/seccompd
state=/var/lib/seccompd
manifest=$state/install/manifest
# systemd looks for units below these two prefixes; what goes elsewhere is the administrator's.
case $prefix in
/usr | /usr/local) units=$prefix/lib/systemd/system ;;
*) units=/etc/systemd/system ;;
esac

[ -n "$dry" ] || [ -n "$destdir" ] || [ "$(id -u)" -eq 0 ] || die "run this as root, or with --dry-run"
command -v sha256sum >/dev/null || die "sha256sum is missing (Debian: coreutils)"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
: >"$tmp/old"
: >"$tmp/new"
changed=''
[ ! -f "$destdir$manifest" ] || cp "$destdir$manifest" "$tmp/old"

digest() { sha256sum <"$1" | cut -d ' ' -f 1; }

# recorded PATH prints the digest of the file when we installed it; nothing if we did not.
recorded() {
	while read -r kind sum path; do
		if [ "$kind" = file ] && [ "$path" = "$1" ]; then
			echo "$sum"
			return
		fi
	done <"$tmp/old"
}

# did TEXT says what is done, or would be.
did() {
	changed=yes
	if [ -n "$dry" ]; then say "would $*"; else say "$*"; fi
}

# running_systemd says whether systemd runs this system.
running_systemd() { [ -z "$destdir" ] && [ -d /run/systemd/system ] && command -v systemctl >/dev/null; }

# directory PATH MODE makes a directory, and those above it, and records each.
directory() {
	[ "$1" != / ] || return 0
	if [ -d "$destdir$1" ]; then
		if grep -qxF "dir $1" "$tmp/old" && ! grep -qxF "dir $1" "$tmp/new"; then
			directory "$(dirname "$1")" 0755
			echo "dir $1" >>"$tmp/new"
		fi
		return
	fi
	! grep -qxF "dir $1" "$tmp/new" || return 0 # in a dry run
	directory "$(dirname "$1")" 0755
	did "make directory $1"
	echo "dir $1" >>"$tmp/new"
	if [ -z "$dry" ]; then
		mkdir "$destdir$1"
		chmod "$2" "$destdir$1"
	fi
}

# file FROM TO MODE installs a file whole.
file() {
	directory "$(dirname "$2")" 0755
	want=$(digest "$1")
	have=''
	[ ! -e "$destdir$2" ] || have=$(digest "$destdir$2")
	old=$(recorded "$2")
	if [ "$have" = "$want" ]; then
		# What was there before us, just as we would have it, stays when we go.
		[ -z "$old" ] || echo "file $want $2" >>"$tmp/new"
		return
	fi
	if [ -n "$have" ] && [ "$have" != "$old" ]; then
		die "$2 is there already, and not as this script installed it: move it out of the way first"
	fi
	did "install $2"
	echo "file $want $2" >>"$tmp/new"
	if [ -z "$dry" ]; then
		cp "$1" "$destdir$2.install"
		chmod "$3" "$destdir$2.install"
		mv -f "$destdir$2.install" "$destdir$2"
	fi
}

# policy FROM TO installs the first policy. One that somebody wrote or edited is theirs.
policy() {
	old=$(recorded "$2")
	if [ -e "$destdir$2" ] && [ "$(digest "$destdir$2")" != "$old" ]; then
		[ "$(digest "$destdir$2")" = "$(digest "$1")" ] || say "keep $2, which is yours (the shipped one: $share/policies/baseline.yaml)"
		[ -z "$old" ] || echo "file $old $2" >>"$tmp/new"
		return
	fi
	before=$changed
	changed=''
	file "$1" "$2" 0644
	new_policy=$changed
	changed=$before$changed
}

# retire removes what an earlier version installed and this one does not.
retire() {
	while read -r kind sum path; do
		[ "$kind" = file ] || continue
		! grep -q "^file [0-9a-f]* $path\$" "$tmp/new" || continue
		[ -e "$destdir$path" ] || continue
		[ "$(digest "$destdir$path")" = "$sum" ] || continue
		did "remove $path, which is not part of this version"
		[ -n "$dry" ] || rm -f "$destdir$path"
	done <"$tmp/old"
}

# record writes the manifest, if it changed.
record() {
	[ -z "$dry" ] || return 0
	cmp -s "$tmp/new" "$destdir$manifest" && return
	cp "$tmp/new" "$destdir$manifest.install"
	chmod 0600 "$destdir$manifest.install"
	mv -f "$destdir$manifest.install" "$destdir$manifest"
}

# edit ARG... edits containerd's configuration and prints the difference; the exit code is seccompctl's.
edit() {
	"$ctl" engine "$@" --containerd-config "$config" --containerd-drop-ins "$dropins" \
		${containerd:+--containerd "$containerd"} ${destdir:+--root "$destdir"} ${dry:+--dry-run}
}

find_containerd() {
	[ -z "$containerd" ] || return 0
	for dir in /usr/local/bin /usr/bin /usr/local/sbin /usr/sbin; do
		[ ! -x "$destdir$dir/containerd" ] || containerd=$destdir$dir/containerd
		[ -z "$containerd" ] || return 0
	done
	[ -n "$destdir" ] || containerd=$(command -v containerd) || containerd=''
}

# restart_containerd WHY restarts it if that was allowed; otherwise it says what to do, and fails.
restart_containerd() {
	if [ -n "$restart" ] && [ -z "$dry" ] && running_systemd; then
		say "restart containerd"
		systemctl restart containerd
		return
	fi
	say "to do: restart containerd, $1 (systemctl restart containerd; running containers stay)"
	return 1
}

# --- install ---------------------------------------------------------------------------------------------------------

install() {
	if [ -x "$here/bin/seccompctl" ]; then from=$here/bin; else from=$here/.build/bin; fi
	for f in "$from/seccompd" "$from/seccompctl" "$here/config/systemd/seccompd.service" "$here/config/policies/baseline.yaml"; do
		[ -f "$f" ] || die "$f is missing: run 'make build' first, or unpack the release whole"
	done
	ctl=$from/seccompctl
	find_containerd
	if [ -z "$containerd" ] && [ -z "$destdir" ]; then
		die "no containerd was found (--containerd names it); seccompd needs containerd 2.2 or later"
	fi

	# First containerd, because it is what may refuse: too old, or configured so that no plugin gets in.
	mode=audit
	! grep -q '^ *required_plugins' "$destdir$dropins/50-seccompd.toml" 2>/dev/null || mode=enforce # as it was
	edit $mode --dry-run >"$tmp/edit" || die "containerd cannot be set up for seccompd, and nothing was installed"
	if [ -z "$dry" ]; then
		[ -z "$destdir" ] || mkdir -p "$destdir"
		directory "$(dirname "$(dirname "$config")")" 0755
		edit $mode >"$tmp/edit" || die "containerd cannot be set up for seccompd, and nothing was installed"
	fi
	if ! grep -q 'its configuration is as it should be' "$tmp/edit"; then
		changed=yes
	fi
	cat "$tmp/edit"
	[ -n "$containerd" ] || say "  its version was not checked: seccompd needs containerd 2.2 or later"
	[ -z "$destdir" ] || say "  not proven here: 'seccompctl enforce' proves it on the node"

	directory "$state" 0700
	directory "$state/install" 0700
	sed "s|/usr/local/bin/|$bin/|g" "$here/config/systemd/seccompd.service" >"$tmp/seccompd.service"
	changed_before=$changed
	changed=''
	file "$from/seccompd" "$bin/seccompd" 0755
	file "$from/seccompctl" "$bin/seccompctl" 0755
	file "$tmp/seccompd.service" "$units/seccompd.service" 0644
	new_daemon=$changed
	changed=$changed_before$changed
	for f in "$here"/config/policies/*.yaml; do file "$f" "$share/policies/${f##*/}" 0644; done
	for f in "$here"/config/profiles/*.json; do file "$f" "$share/profiles/${f##*/}" 0644; done
	directory "$etc" 0755
	directory "$etc/profiles" 0755
	new_policy=''
	policy "$here/config/policies/baseline.yaml" "$etc/policy.yaml"
	retire
	record

	if [ -n "$destdir" ]; then
		[ -n "$changed" ] || say "nothing changes: seccompd is installed in $destdir"
		[ -z "$changed" ] || [ -n "$dry" ] || say "installed into $destdir: on the node, 'systemctl enable --now seccompd' starts it"
		return
	fi
	if [ -n "$new_policy" ]; then
		did "put $etc/policy.yaml in force"
		[ -n "$dry" ] || "$bin/seccompctl" apply --policy "$etc/policy.yaml" >"$tmp/apply" || {
			cat "$tmp/apply"
			die "$etc/policy.yaml could not be put in force"
		}
	fi
	start
	if [ -n "$enforce" ]; then leave_audit; fi
	if grep -q '^restart containerd' "$tmp/edit" && [ -z "$enforce" ]; then
		restart_containerd 'so that seccompd can connect' || true
	fi
	[ -n "$changed" ] || say "nothing changes: seccompd is installed"
	[ -n "$enforce" ] || say "next: 'seccompctl status', and when the records look right 'seccompctl enforce'"
}

start() {
	if ! running_systemd; then
		say "to do: systemd does not run here, so start $bin/seccompd yourself, before the kubelet and whenever it ends"
		return
	fi
	if [ -n "$new_daemon" ] || ! systemctl -q is-enabled seccompd || ! systemctl -q is-active seccompd; then
		did "start seccompd, now and at each boot"
		[ -n "$dry" ] || {
			systemctl daemon-reload
			systemctl -q enable seccompd
			systemctl restart seccompd
		}
	fi
}

leave_audit() {
	did "enforce the policy"
	[ -z "$dry" ] || return 0
	"$bin/seccompctl" enforce --yes --policy "$etc/policy.yaml" \
		--containerd "$containerd" --containerd-config "$config" --containerd-drop-ins "$dropins" >"$tmp/enforce" || {
		cat "$tmp/enforce"
		die "seccompd is installed, and stays in audit"
	}
	cat "$tmp/enforce"
	if grep -q '^restart containerd' "$tmp/enforce"; then
		restart_containerd 'so that it creates no container without seccompd' || true
	fi
}

# --- uninstall -------------------------------------------------------------------------------------------------------

# forget takes seccompd out of containerd's configuration. It comes first: whatever fails afterwards, containerd creates
# containers again.
forget() {
	ctl=$destdir$bin/seccompctl
	for c in "$here/bin/seccompctl" "$here/.build/bin/seccompctl"; do
		"$ctl" version >/dev/null 2>&1 || ctl=$c
	done
	find_containerd
	[ -z "$containerd" ] || [ -x "$containerd" ] || containerd=''
	if ! "$ctl" version >/dev/null 2>&1; then
		forget_without
		return
	fi
	code=0
	edit off >"$tmp/edit" 2>"$tmp/error" || code=$?
	if [ $code -eq 0 ]; then
		grep -q 'its configuration is as it should be' "$tmp/edit" || changed=yes
		cat "$tmp/edit"
		return
	fi
	[ $code -eq 1 ] || {
		cat "$tmp/error" >&2
		die "containerd's configuration could not be changed, and nothing was removed"
	}
	# A running containerd still requires seccompd. Its configuration ceases to, at least.
	did "have containerd create containers without seccompd"
	if [ -n "$dry" ]; then
		restart_containerd 'and run this again' || true
		exit 0
	fi
	edit audit >"$tmp/edit" 2>"$tmp/error" || {
		cat "$tmp/error" >&2
		rm -f "$destdir$dropins/50-seccompd.toml"
	}
	restart_containerd 'because it runs with a configuration that requires seccompd, and then run this again' || exit 1
	edit off >"$tmp/edit" || die "run this again when containerd has been restarted"
	cat "$tmp/edit"
}

# forget_without is for a node where no seccompctl runs any more. What the main file imports may be missing: it is a pattern.
forget_without() {
	dropin=$dropins/50-seccompd.toml
	[ -e "$destdir$dropin" ] || return 0
	required=''
	! grep -q '^ *required_plugins' "$destdir$dropin" || required=yes
	did "remove $dropin (no seccompctl runs here, so an import of it may stay in $config, without effect)"
	[ -n "$dry" ] || rm -f "$destdir$dropin" "$destdir$dropins/50-seccompd.required"
	[ -n "$required" ] && [ -z "$destdir" ] || return 0
	restart_containerd 'because it may run with a configuration that requires seccompd, and then run this again' || [ -n "$dry" ] || exit 1
}

# only_enforced PATH DIGEST says whether 'seccompctl enforce' was the only one to edit a policy since it was installed.
only_enforced() {
	[ "$1" = "$etc/policy.yaml" ] &&
		[ "$(sed 's/^mode: enforce$/mode: audit/' "$destdir$1" | sha256sum | cut -d ' ' -f 1)" = "$2" ]
}

uninstall() {
	for f in "$destdir"/opt/nri/plugins/[0-9][0-9]-seccompd; do
		if [ -e "$f" ] || [ -h "$f" ]; then
			die "containerd starts seccompd from ${f#"$destdir"}, and could not start without it: remove that first"
		fi
	done
	forget
	if running_systemd && systemctl cat seccompd.service >/dev/null 2>&1; then
		did "stop seccompd"
		[ -n "$dry" ] || systemctl -q disable --now seccompd || true
	fi

	while read -r kind sum path; do
		[ "$kind" = file ] || continue
		[ -e "$destdir$path" ] || continue
		if [ "$(digest "$destdir$path")" = "$sum" ] || [ -n "$purge" ] || only_enforced "$path" "$sum"; then
			did "remove $path"
			[ -n "$dry" ] || rm -f "$destdir$path"
		else
			say "keep $path, which you edited (--purge removes it)"
		fi
	done <"$tmp/old"
	remove_tree "$state"
	[ -n "$destdir" ] || remove_tree /run/seccompd
	if [ -n "$purge" ]; then
		remove_tree /var/log/seccompd
	elif [ -d "$destdir/var/log/seccompd" ]; then
		say "keep /var/log/seccompd, the records (--purge removes them)"
	fi
	# Backwards, because a directory is recorded after the one that it is in.
	dirs=''
	while read -r kind path; do
		[ "$kind" != dir ] || dirs="$path $dirs"
	done <"$tmp/old"
	for path in $dirs; do
		[ -d "$destdir$path" ] || continue
		[ -n "$dry" ] || rmdir "$destdir$path" 2>/dev/null || say "keep directory $path, which is not empty"
	done
	! running_systemd || [ -n "$dry" ] || systemctl daemon-reload
	if grep -q '^restart containerd' "$tmp/edit" 2>/dev/null; then
		restart_containerd 'so that it forgets what it was told' || true
	fi
	[ -n "$changed" ] || say "nothing changes: seccompd is not installed"
}

remove_tree() {
	[ -d "$destdir$1" ] || return 0
	did "remove $1"
	[ -n "$dry" ] || rm -rf "$destdir$1"
}

if [ -n "$uninstall" ]; then uninstall; else install; fi
