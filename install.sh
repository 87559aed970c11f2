#!/bin/sh
# Builds guard and installs it, or installs what a release has built. Safe to run twice: the program is replaced in one
# step, and only when it changed.
set -eu

usage() {
	cat <<'TXT'
usage: ./install.sh [--prefix DIR] [--demo]
       ./install.sh [--prefix DIR] [--demo] --from ARCHIVE|DIR [--sha256 DIGEST]
       ./install.sh [--prefix DIR] --uninstall

  --prefix DIR      install to DIR/bin (default: $GUARD_PREFIX, or else ~/.local)
  --demo            go straight on to `guard demo`
  --from ARCHIVE    build nothing: install the program of this archive of a release (.tar.gz, or .zip in Git Bash on
                    Windows), once it has the digest that SHA256SUMS beside it names; of a folder, the archive for
                    this machine
  --sha256 DIGEST   the digest that the archive must have, from a place that you trust; SHA256SUMS is not asked then
  --uninstall       delete the program again; first run `guard uninstall` in your repositories

Without --from it builds, which needs cargo and a C compiler: every crate as Cargo.lock pins it, by version and digest.
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
	missing=
	if [ -n "$from" ]; then check_unpackers; else check_builders; fi
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

check_unpackers() {
	tools='tar gzip'
	case $from in
	*.zip) tools=unzip ;;
	*) [ -z "$windows" ] || [ ! -d "$from" ] || tools=unzip ;;
	esac
	for tool in $tools; do
		command -v "$tool" >/dev/null 2>&1 || missing="$missing
  $tool        unpacks the archive; from your system's packages"
	done
}

check_builders() {
	rust=$(sed -n 's/^rust-version *= *"\(.*\)"/\1/p' Cargo.toml)
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

# Prints the digest of a file; the three programs that systems have for it.
sha256() {
	if command -v sha256sum >/dev/null 2>&1; then
		sum=$(sha256sum <"$1") || return
	elif command -v shasum >/dev/null 2>&1; then
		sum=$(shasum -a 256 <"$1") || return
	elif command -v openssl >/dev/null 2>&1; then
		sum=$(openssl dgst -sha256 -r <"$1") || return
	else
		fail "there is no sha256sum, shasum or openssl to check $1 with" "install one of them"
	fi
	echo "${sum%% *}"
}

# The archive for this machine in a folder: the static one on Linux, which needs no C library of a certain age.
pick() { # pick FOLDER
	ending=tar.gz
	case $(uname -s)-$(uname -m) in
	Linux-x86_64 | Linux-amd64) cpu=x86_64 systems='unknown-linux-musl unknown-linux-gnu' ;;
	Linux-aarch64 | Linux-arm64) cpu=aarch64 systems='unknown-linux-musl unknown-linux-gnu' ;;
	Darwin-x86_64) cpu=x86_64 systems=apple-darwin ;;
	Darwin-arm64) cpu=aarch64 systems=apple-darwin ;;
	MINGW*-x86_64 | MSYS*-x86_64 | CYGWIN*-x86_64) cpu=x86_64 systems=pc-windows-msvc ending=zip ;;
	*) fail "no release has a program for $(uname -s) on $(uname -m)" "build it: ./install.sh" ;;
	esac
	for system in $systems; do
		set -- "$1" "$1"/guard-*-"$cpu-$system.$ending"
		[ -e "$2" ] || continue
		[ $# = 2 ] || fail "$1 has several versions" "name one: ./install.sh --from $2"
		echo "$2"
		return
	done
	fail "$1 has no guard-*-$cpu-${systems%% *}.$ending" "name an archive: ./install.sh --from ARCHIVE"
}

# The digest that SHA256SUMS beside the archive names for it. One line, or none counts.
listed() { # listed ARCHIVE
	sums=${1%/*}/SHA256SUMS
	[ -f "$sums" ] || fail "there is no $sums to check the archive with" \
		"download it from where the archive is, or say the digest: --sha256 DIGEST"
	found=
	# The last line may lack its line feed.
	while read -r digest file || [ -n "$digest" ]; do
		[ "${file#\*}" = "${1##*/}" ] || continue
		[ -z "$found" ] || fail "$sums names ${1##*/} twice"
		found=$digest
	done <"$sums"
	[ -n "$found" ] || fail "$sums does not name ${1##*/}" "it is not of this release, or its name was changed"
	echo "$found"
}

# Prints the path of the program in the archive, once the archive is known to be the right one.
unpack() { # unpack ARCHIVE-OR-FOLDER
	[ -e "$1" ] || fail "$1 is not there"
	archive=$1
	[ ! -d "$1" ] || archive=$(pick "$1") || exit 1
	# Whoever names the digest may name the archive as they like.
	case $pin:$archive in
	:*.tar.gz | :*.zip | ?*:*) ;;
	*) fail "$archive is not an archive of a release (guard-*.tar.gz or .zip)" \
		"if it is one with another name, say its digest: --sha256 DIGEST" ;;
	esac
	want=${pin:-$(listed "$archive")} || exit 1
	[ -n "$want" ] || exit 1
	# Upper and lower case are the same digest.
	want=$(printf %s "$want" | tr A-F a-f)
	case $want in
	*[!0-9a-f]*) fail "$want is not a SHA-256 digest" ;;
	esac
	[ ${#want} = 64 ] || fail "$want is not a SHA-256 digest: 64 hex digits"
	# A copy: what is checked is what is unpacked, whatever happens to the file meanwhile.
	cp "$archive" "$work/archive" || fail "cannot read $archive"
	have=$(sha256 "$work/archive") || exit 1
	[ "$have" = "$want" ] || fail "$archive is not what it should be; nothing was installed" \
		"sha256  $have" "wanted  $want" "download it again, and ask who made it if that does not help"
	case $archive in
	*.zip) inside=$(unzip -Z1 "$work/archive") ;;
	*) inside=$(tar -tzf "$work/archive") ;;
	esac || fail "$archive cannot be unpacked; what is wrong with it is said above"
	# The archive has one folder, which keeps its name when the archive is given another.
	file=$(printf '%s\n' "$inside" | sed -n '/^guard-[^/]*\/guard\(\.exe\)\{0,1\}$/p')
	case $file in
	'') fail "$archive has no guard-*/guard in it" ;;
	*[!0-9A-Za-z._/-]*) fail "$archive has several programs in it" ;;
	esac
	case $archive in
	*.zip) unzip -q "$work/archive" "$file" -d "$work" ;;
	*) tar -xzf "$work/archive" -C "$work" "$file" ;;
	esac || fail "$archive cannot be unpacked; what is wrong with it is said above"
	is_guard "$work/$file" || fail "the program in $archive does not start here" \
		"the archive for this machine ends in -$(uname -m)-…: choose another, or build it: ./install.sh"
	say "Checked $archive: sha256 $have" >&2
	echo "$work/$file"
}

# Another program of that name may wait for input, or for ever.
is_guard() {
	limit=
	[ -n "$windows" ] || ! command -v timeout >/dev/null 2>&1 || limit='timeout -s KILL 20'
	# shellcheck disable=SC2086 # the words of a command
	case $($limit "$1" --version 2>/dev/null </dev/null) in
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
	"$target" | "${target%.exe}") return ;;
	'') say "$folder is not on PATH. Type, and add to your shell's profile:" ;;
	*) say "Typing guard starts $found. To start this one, type and add to your shell's profile:" ;;
	esac
	say "  export PATH=\"$folder:\$PATH\""
}

remove() {
	if [ -L "$target" ] && [ ! -e "$target" ]; then
		fail "$target is a link to a file that is not there; it stays" "to delete the link: rm '$target'"
	elif [ ! -e "$target" ]; then
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
from=
pin=
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
	--from | --sha256)
		[ $# -gt 1 ] && [ -n "$2" ] || fail "$1 needs a value" "./install.sh --help lists the options"
		if [ "$1" = --from ]; then from=$2; else pin=$2; fi
		shift
		;;
	--uninstall) uninstall=yes ;;
	-h | --help) usage && exit 0 ;;
	*) fail "unknown option $1" "./install.sh --help lists the options" ;;
	esac
	shift
done
[ -z "$pin" ] || [ -n "$from" ] || fail "--sha256 is the digest of an archive: it goes with --from ARCHIVE"
[ -z "$uninstall" ] || [ -z "$from$demo" ] || fail "--uninstall goes with --prefix alone"
case $from in
'' | /*) ;;
. | ./) from=$PWD ;;
./*) from=$PWD/${from#./} ;;
*) from=$PWD/$from ;;
esac
from=${from%/}
if [ -z "$prefix" ]; then
	[ -n "${HOME:-}" ] || fail "HOME is not set" "say where: ./install.sh --prefix DIR"
	prefix=$HOME/.local
fi
case $prefix in
/*) ;;
*) prefix=$PWD/$prefix ;;
esac
folder=$prefix/bin
windows=
case $(uname -s) in
MINGW* | MSYS* | CYGWIN*) windows=.exe ;;
esac
target=$folder/guard$windows

if [ -n "$uninstall" ]; then
	remove
	exit
fi

source=${0%/*}
[ "$source" != "$0" ] || source=.
draft=
here=$PWD
if [ -z "$from" ]; then
	CDPATH="" cd -- "$source"
	[ -f Cargo.toml ] || fail "there are no sources beside it" "install what is built already: --from ARCHIVE"
fi
check_tools
work=$(mktemp -d)
trap 'rm -rf "$work" ${draft:+"$draft"}' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
if [ -n "$from" ]; then program=$(unpack "$from"); else program=$(build); fi
place "$program"
cd -- "$here"
if [ -n "$demo" ]; then
	rm -rf "$work" # exec leaves no chance for the trap
	exec "$target" demo
fi
say_path
say "Next, in a repository: guard install"
