# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Sourced, in the top folder: the builds that tests use, in build-test/.

jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

# build_flags NAME: what configure is called with.
build_flags()
{
	case $1 in
	gcc)	echo "--enable-werror CC=gcc CFLAGS='-g -O2'" ;;
	clang)	echo "--enable-werror --enable-sanitizers --enable-fuzzers" \
		    "CC=clang CFLAGS='-g -O1'" ;;
	probes)	echo "--enable-werror --enable-probes CC=gcc CFLAGS='-g -O2'" ;;
	*)	echo "no such build: $1" >&2
		return 2 ;;
	esac
}

# build_one NAME: make build-test/NAME. Without a change of the sources a second
# call does nothing.
build_one()
{
	flags=$(build_flags "$1") || return 2
	# A folder that is configured itself shadows every other build of it.
	if [ -f config.status ]; then
		echo "This folder is configured in place; cleaning it first."
		make -s distclean || return 1
	fi
	if [ ! -x configure ] || [ -n "$(find configure.ac Makefile.am \
	    bootstrap -newer configure)" ]; then
		./bootstrap || return 1
	fi
	mkdir -p "build-test/$1" || return 1
	(
		cd "build-test/$1" || exit 1
		if [ ! -f Makefile ] || [ ../../configure -nt Makefile ]; then
			rm -f config.cache
			eval "../../configure -q -C $flags" || exit 1
			# Objects do not know that their flags have changed.
			make -s clean || exit 1
		fi
		make -s -j"$jobs" all || exit 1
		case $1 in
		gcc|clang)
			make -s -j"$jobs" check TESTS= || exit 1 ;;
		esac
	)
}
