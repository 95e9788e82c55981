#!/bin/sh
# Install seccompd on a node, in audit mode: it decides and records, and denies no container anything until 'seccompctl enforce'.
# Nothing is downloaded. See docs/install.md.
set -eu
# What is made before its mode is set must not be writable by others for a moment, whatever the shell's own mask is.
umask 022

usage() {
	cat <<EOF
Usage: install.sh [OPTION]...

  --dry-run             say what would be done, and do nothing
  --engine NAMES        the engines to guard: containerd (the default), docker, podman, crio, several of them as in
                        docker,podman, or all that are installed
  --divert              put seccompd's runtime in the place of runc and crun themselves, for those who start them by their paths
  --enforce             leave audit at once: the policy is enforced, and containerd creates no container without seccompd
  --uninstall           take out all that was installed; policies that you edited, and the records, stay
  --purge               with --uninstall: take these out too
  --restart-containerd  restart containerd where that is needed, instead of only saying so
  --no-nri              leave out the NRI door: containerd 2.2 or later has both doors otherwise
  --no-runtime          leave out the runtime door
  --runtime FILE        the OCI runtime behind seccompd's (default: the runc and crun in the usual places)
  --containerd FILE     the containerd program (default: the one in PATH)
  --containerd-config FILE     its configuration (default: /etc/containerd/config.toml)
  --containerd-drop-ins DIR    where our part of it goes (default: /etc/containerd/conf.d)
  --prefix DIR          where programs go (default: \$PREFIX, or /usr/local)
  --destdir DIR         install into this directory for a package or an image, and start nothing (default: \$DESTDIR)
  --help                print this
EOF
}

say() { printf '%s\n' "$*"; }
warn() { printf 'install.sh: %s\n' "$(printf '%s' "$*" | tr '\000-\037\177' '?')" >&2; } # what was typed is not for a terminal to obey
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
dry='' enforce='' uninstall='' purge='' restart='' divert='' nri=yes door=yes runtime='' restarts='' door_restart=''

while [ $# -gt 0 ]; do
	case $1 in
	--dry-run) dry=yes ;;
	--enforce) enforce=yes ;;
	--uninstall) uninstall=yes ;;
	--purge) purge=yes ;;
	--divert) divert=yes ;;
	--no-nri) nri='' ;;
	--no-runtime) door='' ;;
	--restart-containerd) restart=yes ;;
	--help | -h)
		usage
		exit 0
		;;
	--engine | --runtime | --containerd | --containerd-config | --containerd-drop-ins | --prefix | --destdir)
		[ $# -ge 2 ] || wrong "$1 needs a value"
		case $1 in
		--engine) engine=$2 ;;
		--runtime) runtime=$2 ;;
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

engines=$(echo "$engine" | tr ',' ' ')
[ -n "$engines" ] || wrong "--engine needs a name"
for name in $engines; do
	case $name in
	containerd | docker | podman | crio) ;;
	all) [ "$engines" = all ] || wrong "--engine all names every engine already" ;;
	*) wrong "--engine $name: it is one of containerd, docker, podman, crio and all" ;;
	esac
done
[ -n "$nri$door" ] || wrong "--no-nri and --no-runtime together leave no door"
[ -n "$door" ] || [ -z "$divert" ] || wrong "--divert and --no-runtime exclude each other"
[ -z "$purge" ] || [ -n "$uninstall" ] || wrong "--purge goes with --uninstall"
[ -z "$enforce" ] || [ -z "$uninstall" ] || wrong "--enforce and --uninstall exclude each other"
[ -z "$enforce" ] || [ -z "$destdir" ] || die "--enforce needs the running node, not --destdir: run 'seccompctl enforce' there"
# absolute OPTION PATH refuses a path that cannot be written into a unit or a manifest.
absolute() {
	case $2 in
	*[!A-Za-z0-9/._+@:~,=-]*) wrong "$1 cannot be '$2': paths with blanks, or with others than plain characters, are not supported" ;;
	/*) ;;
	*) wrong "$1 cannot be '$2': the path must begin with /" ;;
	esac
}
absolute --prefix "$prefix"
absolute --destdir "${destdir:-/}"
absolute --containerd-config "$config"
absolute --containerd-drop-ins "$dropins"
absolute --runtime "${runtime:-/}"
prefix=${prefix%/}
destdir=${destdir%/}

bin=$prefix/bin
share=$prefix/share/seccompd
etc=/etc/seccompd
state=/var/lib/seccompd
libexec=/usr/libexec/seccompd
shims=$libexec/shims
manifest=$state/install/manifest
# systemd looks for units below these two prefixes; what goes elsewhere is the administrator's.
case $prefix in
/usr | /usr/local) units=$prefix/lib/systemd/system ;;
*) units=/etc/systemd/system ;;
esac

[ -n "$dry" ] || [ -n "$destdir" ] || [ "$(id -u)" -eq 0 ] || die "run this as root, or with --dry-run"
command -v sha256sum >/dev/null || die "sha256sum is missing (Debian: coreutils)"

tmp=$(mktemp -d)
midway='' partial=''
ended() {
	rm -rf "$tmp"
	[ -z "$partial" ] || rm -f "$partial"
	[ -z "$midway" ] || warn "this stopped halfway: run it again when the reason is gone, or with --uninstall, which takes out what there is"
}
trap ended EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
: >"$tmp/old"
: >"$tmp/new"
changed=''
if [ -d "$destdir$state" ] && [ ! -x "$destdir$state" ]; then
	die "what is installed here cannot be read: run this as root"
fi
[ ! -f "$destdir$manifest" ] || cp "$destdir$manifest" "$tmp/old"

digest() { sha256sum <"$1" | cut -d ' ' -f 1; }

# recorded PATH prints the lines about a file that we installed; nothing if we did not. There are several where an upgrade was
# cut off: of the version before it and of the new one.
recorded() { grep "^file [0-9a-f]* $1\$" "$tmp/old" || true; }

# as_installed PATH says whether a file is as we installed it.
as_installed() { [ -e "$destdir$1" ] && grep -qxF "file $(digest "$destdir$1") $1" "$tmp/old"; }

# did TEXT says what is done, or would be.
did() {
	changed=yes
	if [ -n "$dry" ]; then say "would $*"; else say "$*"; fi
}

# running_systemd says whether systemd runs this system.
running_systemd() { [ -z "$destdir" ] && [ -d /run/systemd/system ] && command -v systemctl >/dev/null; }

# note LINE adds a line to the manifest of this run. What is about to be made is on record before it is, together with all from
# before, so that it is found again whenever this ends.
note() {
	echo "$1" >>"$tmp/new"
	[ -z "$dry" ] && [ -d "$destdir$state/install" ] || return 0
	grep -vxFf "$tmp/new" "$tmp/old" >"$tmp/rest" || true
	cat "$tmp/new" "$tmp/rest" >"$tmp/manifest"
	write_manifest "$tmp/manifest"
}

write_manifest() {
	partial=$destdir$manifest.install
	cp "$1" "$partial"
	chmod 0600 "$partial"
	mv -f "$partial" "$destdir$manifest"
	partial=''
}

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
	note "dir $1"
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
	if [ "$have" = "$want" ]; then
		# What was there before us, just as we would have it, stays when we go.
		[ -z "$(recorded "$2")" ] || echo "file $want $2" >>"$tmp/new"
		return
	fi
	if [ -n "$have" ] && ! as_installed "$2"; then
		die "$2 is there already, and not as this script installed it: move it out of the way first"
	fi
	did "install $2"
	note "file $want $2"
	if [ -z "$dry" ]; then
		partial=$destdir$2.install
		cp "$1" "$partial"
		chmod "$3" "$partial"
		mv -f "$partial" "$destdir$2"
		partial=''
	fi
}

# theirs FROM TO WHERE installs a file that people edit, and keeps one that somebody wrote or edited; new says whether it did.
theirs() {
	new=''
	if [ -e "$destdir$2" ] && ! as_installed "$2"; then
		[ "$(digest "$destdir$2")" = "$(digest "$1")" ] || say "keep $2, which is yours${3:+ ($3)}"
		recorded "$2" >>"$tmp/new"
		return
	fi
	before=$changed
	changed=''
	file "$1" "$2" 0644
	new=$changed
	changed=$before$changed
}

# link TARGET PATH makes a symbolic link.
link() {
	directory "$(dirname "$2")" 0755
	note "link $1 $2"
	[ "$(readlink "$destdir$2" 2>/dev/null || true)" != "$1" ] || return 0
	if [ -e "$destdir$2" ] && ! grep -q "^[a-z]* [^ ]* $2\$" "$tmp/old" && [ ! -h "$destdir$2" ]; then
		die "$2 is there already, and not as this script installed it: move it out of the way first"
	fi
	did "install $2"
	[ -n "$dry" ] || {
		rm -f "$destdir$2.install"
		ln -s "$1" "$destdir$2.install"
		mv -fT "$destdir$2.install" "$destdir$2" # not into a directory that the old one leads to
	}
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
	cmp -s "$tmp/new" "$destdir$manifest" || write_manifest "$tmp/new"
}

# edit ARG... edits what containerd's configuration says of NRI, and prints the difference; the exit code is seccompctl's.
edit() {
	"$ctl" engine "$@" --containerd-config "$config" --containerd-drop-ins "$dropins" \
		${containerd:+--containerd "$containerd"} ${destdir:+--root "$destdir"} ${dry:+--dry-run}
}

# shims_of ENGINE on|off [--dry-run] edits an engine's configuration for the runtime door and prints the difference.
shims_of() {
	name=$1
	shift
	"$ctl" shims "$@" --engine "$name" --shims "$shims" ${destdir:+--root "$destdir"} ${dry:+--dry-run} \
		--containerd-config "$config" --containerd-drop-ins "$dropins" ${containerd:+--containerd "$containerd"}
}

# program NAME prints the path of an engine's program, if it is installed.
program() {
	for dir in /usr/local/bin /usr/bin /usr/local/sbin /usr/sbin; do
		[ ! -x "$destdir$dir/$1" ] || {
			echo "$destdir$dir/$1"
			return
		}
	done
}

# resolve_engines puts the installed engines in the place of "all".
resolve_engines() {
	[ "$engines" = all ] || return 0
	engines=''
	[ -z "$containerd" ] || engines=containerd
	[ -z "$(program dockerd)" ] || engines="$engines docker"
	[ -z "$(program podman)" ] || engines="$engines podman"
	[ -z "$(program crio)" ] || engines="$engines crio"
	[ -n "$engines" ] || die "--engine all: none of containerd, docker, podman and crio is installed"
}

has() { case " $engines " in *" $1 "*) return 0 ;; *) return 1 ;; esac; }

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

# reload has systemd read the units anew.
reload() { ! running_systemd || [ -n "$dry" ] || systemctl daemon-reload; }

# --- install ---------------------------------------------------------------------------------------------------------

install() {
	if [ -x "$here/bin/seccompctl" ]; then from=$here/bin; else from=$here/.build/bin; fi
	for f in "$from/seccompd" "$from/seccompctl" "$from/seccompd-runtime" "$from/seccompd-hook" \
		"$here/config/systemd/seccompd.service" "$here/config/policies/baseline.yaml" \
		"$here/config/grafana/seccompd.json" "$here/config/prometheus/seccompd.rules.yaml"; do
		[ -f "$f" ] || die "$f is missing: run 'make build' first, or unpack the release whole"
	done
	ctl=$from/seccompctl
	find_containerd
	resolve_engines
	choose_doors

	# First what may refuse: an engine that is too old, or configured so that nothing gets in.
	[ -z "$door" ] || prepare_door
	relies=$nri
	# A door that an earlier run opened stays open.
	unit=$destdir$units/seccompd.service
	[ ! -f "$unit" ] || grep -q -e '--nri-socket none' "$unit" || relies=yes
	[ -z "$nri" ] || {
		mode=audit
		! grep -q '^ *required_plugins' "$destdir$dropins/50-seccompd.toml" 2>/dev/null || mode=enforce # as it was
		edit "$mode" --dry-run >"$tmp/edit" || die "containerd cannot be set up for seccompd, and nothing was installed"
	}
	for dir in "$bin" "$share" "$units" ${door:+"$libexec"} "$etc" "$state"; do can_hold "$dir"; done
	[ -n "$dry" ] || [ -z "$destdir" ] || mkdir -p "$destdir"
	[ -n "$dry" ] || midway=yes
	[ -z "$nri" ] || edit_nri

	directory "$state" 0700
	directory "$state/install" 0700
	install_files
	[ -z "$door" ] || install_door
	directory "$etc" 0755
	directory "$etc/profiles" 0755
	podman_profile
	first_policy >"$tmp/policy.yaml"
	theirs "$tmp/policy.yaml" "$etc/policy.yaml" "the shipped one: $share/policies/baseline.yaml"
	new_policy=$new
	retire
	record
	midway=''

	# A policy that was kept is in force, unless what was in force went with an uninstallation.
	if [ -z "$destdir" ] && { [ -n "$new_policy" ] || ! in_force; }; then
		did "put $etc/policy.yaml in force"
		[ -n "$dry" ] || "$bin/seccompctl" apply --policy "$etc/policy.yaml" >"$tmp/apply" || {
			cat "$tmp/apply"
			die "$etc/policy.yaml could not be put in force, and no engine was told of the runtime door: correct it, and run this again"
		}
	fi
	# An engine may use the runtime from this moment on, so the policy is in force before.
	[ -z "$door" ] || open_door
	if [ -n "$destdir" ]; then
		[ -n "$changed" ] || say "nothing changes: seccompd is installed in $destdir"
		[ -z "$changed" ] || [ -n "$dry" ] || say "installed into $destdir: on the node, 'systemctl enable --now seccompd' starts it, and 'seccompctl apply' puts the policy in force"
		return
	fi
	start
	if [ -n "$enforce" ]; then leave_audit; fi
	if [ -n "$door_restart" ]; then
		reload
		restart_containerd 'so that it starts containers with the runtime door' || true
	elif [ -n "$nri" ] && grep -q '^restart containerd' "$tmp/edit" && [ -z "$enforce" ]; then
		restart_containerd 'so that seccompd can connect' || true
	fi
	[ -n "$changed" ] || say "nothing changes: seccompd is installed"
	[ -n "$enforce" ] || say "next: 'seccompctl status', and when the records look right 'seccompctl enforce'"
}

# can_hold DIR refuses a directory that cannot be made, or written to.
can_hold() {
	up=$destdir$1
	while [ ! -e "$up" ] && [ ! -h "$up" ]; do up=$(dirname "$up"); done
	[ -d "$up" ] || die "$up is no directory, so $destdir$1 cannot be made, and nothing was installed"
	[ -n "$dry" ] || [ -w "$up" ] || die "$up cannot be written to (is its file system read-only?), and nothing was installed"
}

# in_force says whether there has been a policy.
in_force() {
	for f in "$state"/*.snapshot; do [ ! -e "$f" ] || return 0; done
	return 1
}

# choose_doors leaves out the NRI door where there is nobody to speak it.
choose_doors() {
	# A later run adds engines: what an earlier one installed stays.
	if grep -q '^link ' "$tmp/old" && [ -z "$door" ]; then
		die "--no-runtime: the runtime door is installed already, and engines use it: --uninstall takes it out"
	fi
	! grep -q '^divert ' "$tmp/old" || divert=yes
	if ! has containerd; then
		nri=''
		[ -n "$door" ] || die "--no-runtime: of these engines only containerd has another door"
		return
	fi
	if [ -z "$containerd" ] && [ -z "$destdir" ]; then
		die "no containerd was found (--containerd names it, --engine another engine)"
	fi
	[ -n "$containerd" ] && [ -n "$nri$door" ] || return 0
	case $("$containerd" --version 2>/dev/null || true) in
	*[\ v]1.* | *[\ v]2.[01].*)
		[ -z "$nri" ] || [ -z "$door" ] || {
			say "this containerd is older than 2.2, so it has the runtime door alone"
			nri=''
		}
		;;
	esac
}

# edit_nri lets the NRI door into containerd's configuration.
edit_nri() {
	if [ -z "$dry" ]; then
		directory "$(dirname "$(dirname "$config")")" 0755
		edit "$mode" >"$tmp/edit" || die "containerd cannot be set up for seccompd, and nothing was installed"
	fi
	grep -q 'its configuration is as it should be' "$tmp/edit" || changed=yes
	cat "$tmp/edit"
	[ -n "$containerd" ] || say "  its version was not checked: seccompd needs containerd 2.2 or later for NRI"
	[ -z "$destdir" ] || say "  not proven here: 'seccompctl enforce' proves it on the node"
}

install_files() {
	sed "s|/usr/local/bin/|$bin/|g" "$here/config/systemd/seccompd.service" >"$tmp/seccompd.service"
	[ -n "$relies" ] || sed -i 's|^ExecStart=.*|& --nri-socket none|' "$tmp/seccompd.service"
	changed_before=$changed
	changed=''
	file "$from/seccompctl" "$bin/seccompctl" 0755
	file "$from/seccompd" "$bin/seccompd" 0755
	file "$tmp/seccompd.service" "$units/seccompd.service" 0644
	new_daemon=$changed
	changed=$changed_before$changed
	for f in "$here"/config/policies/*.yaml; do file "$f" "$share/policies/${f##*/}" 0644; done
	for f in "$here"/config/profiles/*.json; do file "$f" "$share/profiles/${f##*/}" 0644; done
	for f in grafana/seccompd.json prometheus/seccompd.rules.yaml; do file "$here/config/$f" "$share/$f" 0644; done
}

# first_policy prints the shipped policy for the doors and engines of this node. A runtime does not see what a pod asked for:
# such a rule is for pods that the NRI door tells of. podman's default is a file of the node, so it is named as a profile.
first_policy() {
	if [ -z "$door" ]; then
		cat "$here/config/policies/baseline.yaml"
		return
	fi
	if [ -n "$relies" ]; then
		set -- -e 's/^doors: .*/doors: [nri, runtime]/' \
			-e '/^- name: asked-for-unconfined$/,/action:/s/^  match:$/  match:\n    engines: [kubernetes]\n    containerKinds: [container, init, ephemeral]/'
	else
		set -- -e 's/^doors: .*/doors: [runtime]/' -e '/^- name: asked-for-unconfined$/,/action:/s/^/# /'
	fi
	sed "$@" "$here/config/policies/baseline.yaml" >"$tmp/baseline.yaml"
	[ -n "$podman_default" ] || {
		cat "$tmp/baseline.yaml"
		return
	}
	while IFS= read -r line; do
		case $line in
		'# Everybody else'*)
			cat <<EOF
# podman's own default, as it was on this node.
- name: podman
  match:
    engines: [podman]
  action: fill
  profile:
    type: Localhost
    localhostProfile: podman.json

EOF
			;;
		esac
		printf '%s\n' "$line"
	done <"$tmp/baseline.yaml"
}

# podman_profile keeps podman's default among the profiles of the policy.
podman_profile() {
	podman_default=''
	[ -n "$door" ] || return 0
	has podman || grep -q " $etc/profiles/podman.json\$" "$tmp/old" || return 0
	for f in /etc/containers/seccomp.json /usr/share/containers/seccomp.json; do
		[ -f "$destdir$f" ] || continue
		podman_default=yes
		theirs "$destdir$f" "$etc/profiles/podman.json"
		return
	done
}

# --- the runtime door ------------------------------------------------------------------------------------------------

# prepare_door finds the runtimes and asks each engine's configuration whether it can be edited.
prepare_door() {
	[ "$bin" = /usr/local/bin ] && other='' || other=$bin/seccompctl
	"$ctl" shims settings --shims "$shims" ${destdir:+--root "$destdir"} ${runtime:+--runtime "$runtime"} \
		${divert:+--divert} ${other:+--seccompctl "$other"} >"$tmp/runtime.json" || {
		[ -z "$runtime" ] || die "the runtime door cannot be set up, and nothing was installed"
		if [ -z "$destdir" ] || [ -z "$nri" ]; then die "no runtime was found, and nothing was installed"; fi
		say "$destdir has no runtime, so the runtime door is left out (--runtime names the one that the node will have)"
		door=''
		return
	}
	for name in $engines; do
		shims_of "$name" on --dry-run >"$tmp/shims" || die "$name cannot be set up for seccompd, and nothing was installed"
	done
}

install_door() {
	file "$from/seccompd-runtime" "$libexec/seccompd-runtime" 0755
	file "$from/seccompd-hook" "$libexec/seccompd-hook" 0755
	for name in runc crun; do
		! grep -q "\"$name\":" "$tmp/runtime.json" || link ../seccompd-runtime "$shims/$name"
	done
	for f in "$here"/config/hooks.d/*/*.json; do
		dir=${f%/*}
		file "$f" "$share/hooks.d/${dir##*/}/${f##*/}" 0644
	done
	[ -z "$divert" ] || save_diverted
	theirs "$tmp/runtime.json" "$etc/runtime.json"
}

# open_door has the engines use the runtime.
open_door() {
	for name in $engines; do
		shims_of "$name" on >"$tmp/shims" || die "$name could not be set up for seccompd: run this again, or --uninstall"
		grep -q 'its configuration is as it should be' "$tmp/shims" || changed=yes
		! grep -q '^restart containerd' "$tmp/shims" || door_restart=yes
		cat "$tmp/shims"
	done
	[ -z "$divert" ] || place_diverted
}

# diverted prints the paths of runtimes that are to be diverted, or are.
diverted() { sed -n 's|.*: "\(/[^"]*\)\.distrib".*|\1|p' "$tmp/runtime.json"; }

with_dpkg() { command -v dpkg-divert >/dev/null && [ -d "$destdir/var/lib/dpkg" ]; }
dpkg_divert() { dpkg-divert --quiet --local --no-rename ${destdir:+--root "$destdir"} "$@"; }

# ours_at PATH says whether a runtime's path leads to ours.
ours_at() { [ "$(readlink "$destdir$1" 2>/dev/null || true)" = "$shims/${1##*/}" ]; }

# save_diverted gives the real runtimes their other names. They keep their own until ours take them.
save_diverted() {
	for path in $(diverted); do
		note "divert - $path"
		ours_at "$path" && continue
		did "divert $path to $path.distrib"
		[ -n "$dry" ] || {
			! with_dpkg || dpkg_divert --divert "$path.distrib" --add "$path"
			ln -f "$destdir$path" "$destdir$path.distrib"
		}
	done
	with_dpkg || say "note: without dpkg an upgrade of the runtime's package takes the name back: run this again then"
}

place_diverted() {
	for path in $(diverted); do
		ours_at "$path" && continue
		did "put seccompd's runtime in the place of $path"
		[ -n "$dry" ] || {
			rm -f "$destdir$path.install"
			ln -s "$shims/${path##*/}" "$destdir$path.install"
			mv -f "$destdir$path.install" "$destdir$path"
		}
	done
}

# undivert gives each real runtime its name back, in one step.
undivert() {
	while read -r kind _ path; do
		[ "$kind" = divert ] || continue
		[ -e "$destdir$path.distrib" ] || continue
		did "put $path back"
		[ -n "$dry" ] || {
			rm -f "$destdir$path.install"
			ln "$destdir$path.distrib" "$destdir$path.install"
			mv -f "$destdir$path.install" "$destdir$path"
			rm -f "$destdir$path.distrib"
			! with_dpkg || dpkg_divert --divert "$path.distrib" --remove "$path"
		}
	done <"$tmp/old"
}

# close_door has every engine use its own runtime again. The files come later: an engine may use them until it is restarted.
close_door() {
	for name in crio podman docker containerd; do
		shims_of "$name" off >"$tmp/shims" 2>"$tmp/error" || {
			cat "$tmp/error" >&2
			die "the configuration of $name could not be changed, and nothing was removed"
		}
		! grep -q 'its configuration is as it should be' "$tmp/shims" || continue
		changed=yes
		[ "$name" = podman ] || restarts=yes # podman has no daemon
		! grep -q '^restart containerd' "$tmp/shims" || door_restart=yes
		cat "$tmp/shims"
	done
	undivert
}

# in_use says who may still call the runtime by its path: an engine that runs since before its configuration was changed, or
# a container that containerd created with it.
in_use() {
	[ -z "$destdir" ] || return 1
	for name in containerd dockerd crio; do
		for dir in /proc/[0-9]*; do
			[ "$(cat "$dir/comm" 2>/dev/null || true)" = $name ] || continue
			if [ -n "$restarts" ] || older "$dir"; then
				echo "$name (pid ${dir##*/}), until it is restarted"
				return
			fi
		done
	done
	for dir in /run/containerd /run/docker/containerd/daemon; do
		found=$(grep -rlsF "$shims/" "$dir" --include=options.json 2>/dev/null | head -n 1)
		[ -z "$found" ] || {
			echo "container $(basename "$(dirname "$found")"), until it is removed"
			return
		}
	done
	return 1
}

# older DIR says whether a process was started before the runtime's name was turned over to the real one, if it was.
older() {
	link=$shims/runc
	[ -h "$link" ] || link=$shims/crun
	[ -h "$link" ] && [ "$(readlink "$link")" != ../seccompd-runtime ] || return 1
	up=$(cut -d . -f 1 /proc/uptime)
	ticks=$(sed 's/.*) //' "$1/stat" | cut -d ' ' -f 20)
	hz=$(getconf CLK_TCK 2>/dev/null || echo 100)
	[ $((up - ticks / hz)) -ge $(($(date +%s) - $(stat -c %Y "$link"))) ]
}

# hand_over turns our names over to the real runtimes where somebody may still call them, and removes them elsewhere.
hand_over() {
	[ -d "$destdir$shims" ] || return 0
	if user=$(in_use); then
		for name in runc crun; do
			[ "$(readlink "$shims/$name" 2>/dev/null || true)" = ../seccompd-runtime ] || continue
			real=$(sed -n "s|.*\"$name\": \"\(/[^\"]*\)\".*|\1|p" "$etc/runtime.json" 2>/dev/null | sed 's|\.distrib$||' | head -n 1)
			[ -n "$real" ] || continue
			did "turn $shims/$name over to $real"
			[ -n "$dry" ] || {
				ln -s "$real" "$shims/$name.install"
				mv -fT "$shims/$name.install" "$shims/$name"
			}
		done
		say "keep $shims, which is still in use by $user: run this again then"
		return
	fi
	for name in runc crun; do
		[ -h "$destdir$shims/$name" ] || continue
		did "remove $shims/$name"
		[ -n "$dry" ] || rm -f "$destdir$shims/$name"
	done
	[ -n "$dry" ] || rmdir "$destdir$shims" "$destdir$libexec" 2>/dev/null || true
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
	"$bin/seccompctl" enforce --yes --policy "$etc/policy.yaml" ${containerd:+--containerd "$containerd"} \
		--containerd-config "$config" --containerd-drop-ins "$dropins" >"$tmp/enforce" || {
		cat "$tmp/enforce"
		die "seccompd is installed, and stays in audit"
	}
	cat "$tmp/enforce"
	if grep -q '^restart containerd' "$tmp/enforce"; then
		restart_containerd 'so that it creates no container without seccompd' || true
	fi
}

# --- uninstall -------------------------------------------------------------------------------------------------------

# find_ctl finds a seccompctl that runs, and containerd.
find_ctl() {
	find_containerd
	[ -z "$containerd" ] || [ -x "$containerd" ] || containerd=''
	for ctl in "$destdir$bin/seccompctl" "$here/bin/seccompctl" "$here/.build/bin/seccompctl"; do
		! "$ctl" version >/dev/null 2>&1 || return 0
	done
	ctl=''
}

# forget takes seccompd out of containerd's configuration. It comes first: whatever fails afterwards, containerd creates
# containers again.
forget() {
	[ -n "$ctl" ] || {
		forget_without
		return
	}
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
	find_ctl
	[ -z "$ctl" ] || close_door
	forget
	hand_over
	if running_systemd && systemctl cat seccompd.service >/dev/null 2>&1; then
		did "stop seccompd"
		[ -n "$dry" ] || systemctl -q disable --now seccompd || true
	fi

	while read -r kind sum path; do
		[ "$kind" = file ] || continue
		[ -e "$destdir$path" ] || continue
		if as_installed "$path" || [ -n "$purge" ] || only_enforced "$path" "$sum"; then
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
	reload
	if [ -n "$door_restart" ] || grep -q '^restart containerd' "$tmp/edit" 2>/dev/null; then
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
