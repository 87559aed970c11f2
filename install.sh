#!/bin/sh
# Builds guard and installs it. Safe to run twice: the program is replaced in one step, and only when it changed.
set -eu

usage() {
	cat <<'TXT'
usage: ./install.sh [--prefix DIR] [--demo]
       ./install.sh [--prefix DIR] --uninstall

  --prefix DIR   install to DIR/bin (default: $GUARD_PREFIX, or else ~/.local)
  --demo         go straight on to `guard demo`
  --uninstall    delete the program again; first run `guard uninstall` in your repositories
TXT
}

say() { printf '%s\n' "$*"; }
fail() { # fail MESSAGE [LINE…]
	printf 'install.sh: %s\n' "$1" >&2
	shift
	[ $# = 0 ] || printf '  %s\n' "$@" >&2
	exit 1
}

# at_least HAVE WANT: compares the first two numbers of two versions.
at_least() {
	have_major=${1%%.*} have_rest=${1#*.}
	want_major=${2%%.*} want_rest=${2#*.}
	have_minor=${have_rest%%[!0-9]*} want_minor=${want_rest%%[!0-9]*}
	[ "$have_major" -gt "$want_major" ] || { [ "$have_major" -eq "$want_major" ] && [ "$have_minor" -ge "$want_minor" ]; }
}

# Everything that is missing is said at once.
check_tools() {
	rust=$(sed -n 's/^rust-version *= *"\(.*\)"/\1/p' Cargo.toml)
	missing=
	if ! command -v cargo >/dev/null 2>&1; then
		missing="$missing
  cargo        Rust $rust or newer, from https://rustup.rs
               (already installed? then: . \"\$HOME/.cargo/env\")"
	else
		version=$(cargo --version 2>/dev/null) || version='cargo 0.0'
		version=${version#cargo }
		at_least "$version" "$rust" || missing="$missing
  cargo $rust   this is ${version%% *}; to update: rustup update stable"
	fi
	if ! command -v "${CC:-cc}" >/dev/null 2>&1; then
		missing="$missing
  ${CC:-cc}           a C compiler, whose linker Rust uses: apt install build-essential, dnf install gcc,
               or on a Mac: xcode-select --install"
	fi
	if ! command -v git >/dev/null 2>&1; then
		missing="$missing
  git          2.30 or newer, from your system's packages"
	else
		version=$(git --version)
		version=${version#git version }
		at_least "$version" 2.30 || missing="$missing
  git 2.30     this is ${version%% *}; update it from your system's packages"
	fi
	[ -z "$missing" ] || fail "these are missing:$missing" "then run ./install.sh again"
}

# A static program starts in half the time of a dynamic one, and hooks start it three times a commit. Only where this
# compiler can link one, and the person has no flags of their own.
static_flags() {
	case $(rustc -vV 2>/dev/null) in
	*'host: '*-linux-gnu*) ;;
	*) return ;;
	esac
	[ -z "${RUSTFLAGS:-}" ] || return 0
	if echo 'int main(void) { return 0; }' | "${CC:-cc}" -static -x c - -o "$work/static" 2>/dev/null; then
		echo '-C target-feature=+crt-static -C relocation-model=static'
	fi
}

# Prints the path of the program; cargo says it, because many settings can move its folder.
build() {
	say "Building guard; the first time takes two or three minutes." >&2
	# shellcheck disable=SC2046 # the flags are words
	cargo rustc --release --locked --bin guard --message-format=json-render-diagnostics \
		-- $(static_flags) >"$work/build" ||
		fail "the build failed; what cargo says is above" \
			"without a network, cargo needs the crates already fetched: cargo fetch --locked"
	sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' "$work/build" | tail -n 1
}

is_guard() {
	case $("$1" --version 2>/dev/null) in
	'guard '[0-9]*) return 0 ;;
	*) return 1 ;;
	esac
}

place() { # place PROGRAM
	[ -x "$1" ] || fail "cargo did not say where the program is"
	mkdir -p "$folder" 2>/dev/null || true
	[ -w "$folder" ] || fail "cannot write in $folder" "choose another place: ./install.sh --prefix DIR"
	[ ! -d "$target" ] || fail "$target is a folder" "choose another place: ./install.sh --prefix DIR"
	if [ -e "$target" ] && ! is_guard "$target"; then
		fail "$target is another program of that name, or does not start" \
			"delete it, or choose another place: ./install.sh --prefix DIR"
	fi
	if cmp -s "$1" "$target"; then
		say "$target is up to date."
		return
	fi
	draft=$folder/.guard-$$
	if ! { cp "$1" "$draft" && chmod 755 "$draft" && mv -f "$draft" "$target"; }; then
		fail "could not write $target; what was there is unchanged"
	fi
	say "Installed $target ($("$target" --version))."
}

say_path() {
	found=$(command -v guard 2>/dev/null) || found=
	case $found in
	"$target") return ;;
	'') say "$folder is not on PATH. Type, and add to your shell's profile:" ;;
	*) say "Typing guard starts $found. To start this one, type and add to your shell's profile:" ;;
	esac
	say "  export PATH=\"$folder:\$PATH\""
}

remove() {
	if [ ! -e "$target" ]; then
		say "$target is not there; nothing to do."
	elif is_guard "$target"; then
		rm -f "$target" || fail "cannot delete $target"
		say "Deleted $target."
		say "Repositories that still have guard's hooks refuse commits until you delete those:"
		say "  grep -l '^# guard shim' .git/hooks/*"
	else
		fail "$target is another program of that name; it stays"
	fi
}

prefix=${GUARD_PREFIX:-}
demo=
uninstall=
while [ $# -gt 0 ]; do
	case $1 in
	--prefix)
		[ $# -gt 1 ] || fail "--prefix needs a folder"
		prefix=$2
		shift
		;;
	--prefix=*) prefix=${1#--prefix=} ;;
	--demo) demo=yes ;;
	--uninstall) uninstall=yes ;;
	-h | --help) usage && exit 0 ;;
	*) fail "unknown option $1" "./install.sh --help lists the options" ;;
	esac
	shift
done
if [ -z "$prefix" ]; then
	[ -n "${HOME:-}" ] || fail "HOME is not set" "say where: ./install.sh --prefix DIR"
	prefix=$HOME/.local
fi
case $prefix in
/*) ;;
*) prefix=$PWD/$prefix ;;
esac
folder=$prefix/bin
target=$folder/guard

if [ -n "$uninstall" ]; then
	remove
	exit
fi

source=${0%/*}
[ "$source" != "$0" ] || source=.
draft=
here=$PWD
CDPATH="" cd -- "$source"
check_tools
work=$(mktemp -d)
trap 'rm -rf "$work" ${draft:+"$draft"}' EXIT
trap 'exit 130' INT TERM
program=$(build)
place "$program"
cd -- "$here"
if [ -n "$demo" ]; then
	rm -rf "$work" # exec leaves no chance for the trap
	exec "$target" demo
fi
say_path
say "Next, in a repository: guard install"
