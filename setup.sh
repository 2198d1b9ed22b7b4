#!/usr/bin/env bash
# Sees that the Debian packages firescene needs are there, and installs what is
# missing when it may (as root, or with password-less sudo). When it may not, it
# says what to install and stops.
#
#   setup.sh demo    what building and running needs
#   setup.sh desktop that, and what the workstation's window needs
#   setup.sh windows the cross compiler for Windows
#   setup.sh test    all of it, and what the tests need
set -eu

build="gcc libc6-dev pkg-config libgl-dev libegl-dev"
run="libegl1 libegl-mesa0 libgl1-mesa-dri fonts-lxgw-wenkai"
# The window: GLFW is built from source against X11; letters of both languages.
window="g++ libx11-dev libxrandr-dev libxcursor-dev libxinerama-dev libxi-dev libxxf86vm-dev fonts-noto-cjk"
# The tests hold the recovery engine against these; without them they skip.
tests="poppler-utils qpdf dosfstools mtools exfatprogs e2fsprogs ntfs-3g xfsprogs f2fs-tools sleuthkit ewf-tools qemu-utils ffmpeg sqlite3 xvfb xauth xdotool"

case "${1:-}" in
demo) want="$build $run" ;;
desktop) want="$build $run $window" ;;
windows) want="gcc-mingw-w64-x86-64 g++-mingw-w64-x86-64" ;;
test) want="$build $run $window $tests" ;;
*)
	echo "usage: setup.sh demo|desktop|windows|test" >&2
	exit 2
	;;
esac

if ! command -v go >/dev/null; then
	echo "firescene is built with Go 1.26 or later, which is not on PATH: install it from https://go.dev/dl/" >&2
	exit 1
fi
if ! command -v dpkg-query >/dev/null; then
	echo "This is not a Debian system. Install the equivalents of: $want" >&2
	exit 0
fi

missing=""
for p in $want; do
	dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null | grep -qx installed || missing="$missing $p"
done
[ -z "$missing" ] && exit 0

asRoot=""
if [ "$(id -u)" -ne 0 ]; then
	if ! sudo -n true 2>/dev/null; then
		echo "These packages are missing. Install them, then try again:" >&2
		echo "  sudo apt-get install$missing" >&2
		exit 1
	fi
	asRoot="sudo"
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
$asRoot apt-get update -qq
# shellcheck disable=SC2086  # the lists are meant to be split
$asRoot apt-get install -y -qq --no-install-recommends $missing >/dev/null
