# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For the scripts that run groups of tests in a lab of their own: sourced by
# tests/check and tests/check-debug after `set -u -o pipefail`, at the top of the
# repository. Quiet while all is well but for one line a group.

PYTHON=/usr/bin/python3
export DEBIAN_FRONTEND=noninteractive PYTHONDONTWRITEBYTECODE=1

passed=0
failed=0
left_out=0
child=
work=$(mktemp -d -t xenmig-check.XXXXXX)

lab_down() {
	[ -x "$PYTHON" ] && "$PYTHON" tests/lab/lab down >/dev/null 2>&1
}

finish() {
	trap - EXIT INT TERM HUP
	# The child leads a process group: what it started goes with it.
	[ -z "$child" ] || kill -TERM -- "-$child" 2>/dev/null
	lab_down
	rm -rf "$work"
}
trap 'finish' EXIT
trap 'echo "$0: interrupted" >&2; exit 130' INT TERM HUP

# Runs a command so that a signal to us is not left waiting for it.
run() {
	setsid "$@" </dev/null &
	child=$!
	wait "$child"
	local status=$?
	child=
	return $status
}

# group NAME COMMAND...: one line when it is well, its last words when not.
group() {
	local name=$1 log=$work/$1.log start=$SECONDS
	shift
	if "$@" >"$log" 2>&1; then
		printf '%-8s %4d s  ok\n' "$name" $((SECONDS - start))
		passed=$((passed + $(count passed "$log" 1)))
		note_left_out "$log"
		return 0
	fi
	printf '%-8s %4d s  FAILED\n' "$name" $((SECONDS - start))
	tail -n 60 "$log"
	passed=$((passed + $(count passed "$log" 0)))
	failed=$((failed + $(count failed "$log" 1)))
	left_out=$((left_out + $(count 'not run' "$log" 0)))
	return 1
}

# note_left_out LOG: what a group that is well has not come to is said all the same.
note_left_out() {
	local number
	number=$(count 'not run' "$1" 0)
	[ "$number" = 0 ] || grep -A "$number" 'not run, no time left' "$1"
	left_out=$((left_out + number))
}

# count WORD LOG OTHERWISE: the sum of all `N WORD` in a log; OTHERWISE where it has none.
count() {
	local numbers
	numbers=$(grep -oE "[0-9]+ $1\b" "$2" | grep -oE '[0-9]+' | paste -sd+)
	numbers=$((${numbers:-0}))
	[ "$numbers" -gt 0 ] && echo "$numbers" || echo "$3"
}

# install_packages PACKAGE...: those that are missing.
install_packages() {
	local package missing=()
	[ "$(id -u)" = 0 ] || { echo "$0 installs packages and makes network namespaces: run it as root."; return 1; }
	for package in "$@"; do
		dpkg-query -W -f='${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
	done
	[ ${#missing[@]} = 0 ] && return
	run apt-get install -y -q --no-install-recommends "${missing[@]}" ||
		{ run apt-get update -q && run apt-get install -y -q --no-install-recommends "${missing[@]}"; }
}

# No warning of ours; what the kernel's build says of this machine is not ours.
no_warnings() {
	! grep -iE 'warning[: ]|error:' "$1" | grep -vE 'compiler differs from the one used to build|Skipping BTF generation'
}

# in_lab NAME ARGUMENT...: tests in the lab speak for themselves; their numbers are added to ours.
in_lab() {
	local name=$1 log=$work/$1.log status
	shift
	run "$PYTHON" -m pytest -q --tb=short -p no:cacheprovider "$@" > >(tee "$log") 2>&1
	status=$?
	passed=$((passed + $(tail -n 1 "$log" | grep -oE '[0-9]+ passed' | grep -oE '[0-9]+' || echo 0)))
	left_out=$((left_out + $(count 'not run' "$log" 0)))
	failed=$((failed + $(tail -n 1 "$log" | grep -oE '[0-9]+ (failed|errors?)' | grep -oE '[0-9]+' | paste -sd+ | sed 's/^$/0/')))
	# A run that died has no last line that counts.
	[ "$status" = 0 ] || [ "$failed" -gt 0 ] || failed=1
	return "$status"
}

# The last lines, and the exit status.
summary() {
	echo "all together: $SECONDS s"
	[ "$left_out" = 0 ] || echo "$left_out not run for want of time (named above): make check-all runs them."
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ]
}
