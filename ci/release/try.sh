#!/bin/sh
# Installs the packages in a folder that are for this machine, which must be Linux, each into a place of its own, and asks
# the program that comes out for its version. What a package is refused for is seen here, before anybody has it.
set -eu

folder=$(CDPATH='' cd -- "$1" && pwd)
manifest=$(CDPATH='' cd -- "$(dirname "$0")/../.." && pwd)/Cargo.toml
version=$(sed -n '/^\[package\]/,/^\[/s/^version = "\(.*\)"/\1/p' "$manifest")
name=$(sed -n '/^\[package.metadata.release\]/,/^$/s/^name = "\(.*\)"/\1/p' "$manifest")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# From the folder: pip and npm would look a bare name up in their registries.
cd "$work"

try() { # try NAME PROGRAM
	said=$("$2" --version)
	[ "$said" = "guard $version" ] || { echo "try.sh: $1: '$said' is not guard $version" >&2; exit 1; }
	echo "$1: $said"
}

case $(uname -m) in
x86_64) deb=amd64 ;;
*) deb=arm64 ;;
esac

sh "$folder/install.sh" --prefix "$work/prefix" --from "$folder" >/dev/null
try install.sh "$work/prefix/bin/guard"

python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q --no-index --no-deps --find-links "$folder" "$name"
try wheel "$work/venv/bin/guard"

npm install --silent --offline --no-audit --no-fund --ignore-scripts --prefix "$work/npm" "$folder/$name-$version.tgz"
try npm "$work/npm/node_modules/.bin/guard"

set -- "$folder"/guard_*_"$deb".deb
if [ -e "$1" ]; then
	dpkg-deb -x "$1" "$work/deb"
	try deb "$work/deb/usr/bin/guard"
else
	echo "try.sh: no Debian package for $deb in $folder" >&2
	exit 1
fi
