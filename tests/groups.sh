# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For the scripts that run groups of tests in labs of their own: sourced by
# tests/check and tests/check-debug after `set -u -o pipefail`, at the top of the
# repository. Quiet while all is well but for one line a group; what each group
# said stays in build/log/GROUP.log. Groups may run side by side, in lanes.

PYTHON=/usr/bin/python3
export DEBIAN_FRONTEND=noninteractive PYTHONDONTWRITEBYTECODE=1

child=
lanes=()
labs=()
work=$(mktemp -d -t xenmig-check.XXXXXX)
logs=$work/log
mkdir "$logs" "$work/counts"

lab_down() {
	[ -x "$PYTHON" ] && "$PYTHON" tests/lab/lab down >/dev/null 2>&1
}

# What a shell runs now leads a process group: what that started goes with it.
end_child() {
	[ -z "$child" ] || kill -TERM -- "-$child" 2>/dev/null
}

finish() {
	trap - EXIT INT TERM HUP
	end_child
	[ ${#lanes[@]} = 0 ] || { kill -TERM "${lanes[@]}" && wait "${lanes[@]}"; } 2>/dev/null
	for XENMIG_LAB in "${labs[@]}"; do
		lab_down
	done
	mkdir -p build/log && cp "$logs"/* build/log/ 2>/dev/null
	rm -rf "$work"
}
trap 'finish' EXIT
trap 'echo "$0: interrupted" >&2; exit 130' INT TERM HUP

# use_lab NAME: the lab of the groups that follow; whatever else runs on this machine is not disturbed.
use_lab() {
	export XENMIG_LAB=$1
	labs+=("$1")
}

# Runs a command so that a signal to us is not left waiting for it.
run() {
	setsid "$@" </dev/null &
	child=$!
	wait "$child"
	local status=$?
	child=
	return $status
}

# lane COMMAND...: groups that run beside what follows, until await_lanes.
lane() {
	(
		trap - EXIT
		trap 'end_child; exit 143' INT TERM HUP
		lanes=()
		"$@"
	) &
	lanes+=($!)
}

await_lanes() {
	local one
	for one in "${lanes[@]}"; do
		wait "$one"
	done
	lanes=()
}

# say NAME SECONDS WORDS LOG...: a group's line, and files whole, not mixed with another lane's.
say() {
	(
		flock 9
		printf '%-12s %4d s  %s\n' "$1" "$2" "$3"
		shift 3
		cat "$@" </dev/null
	) 9>"$work/lock"
}

# note NAME PASSED FAILED: what summary adds up.
note() {
	echo "$2 $3" >"$work/counts/$1"
}

# group NAME COMMAND...: one line when it is well, its last words when not.
group() {
	local name=$1 log=$logs/$1.log start=$SECONDS passed failed
	shift
	if "$@" >"$log" 2>&1; then
		passed=$(count passed "$log" 1)
		note "$name" "$passed" 0
		say "$name" $((SECONDS - start)) "ok, $passed passed"
		# Cells that were void at first.
		grep -A3 '^again ' "$log"
		return 0
	fi
	failed=$(count failed "$log" 1)
	note "$name" "$(count passed "$log" 0)" "$failed"
	tail -n 60 "$log" >"$work/$name.tail"
	say "$name" $((SECONDS - start)) "FAILED" "$work/$name.tail"
	return 1
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

# in_lab NAME ARGUMENT...: a group of tests in the lab; when one fails, all that pytest has to say.
in_lab() {
	local name=$1 log=$logs/$1.log start=$SECONDS status words passed failed
	shift
	run "$PYTHON" -m pytest -q --tb=short -p no:cacheprovider --times "$@" >"$log" 2>&1
	status=$?
	words=$(grep -E '^[0-9]+ (passed|failed|error|deselected)|^no tests ran' "$log" | tail -n 1)
	passed=$(grep -oE '[0-9]+ passed' <<<"$words" | grep -oE '[0-9]+' || echo 0)
	failed=$(grep -oE '[0-9]+ (failed|errors?)' <<<"$words" | grep -oE '[0-9]+' | paste -sd+ | sed 's/^$/0/')
	# Of a slice a group may have nothing. A run that died has no last line that counts.
	[ "$status" != 5 ] || status=0
	[ "$status" = 0 ] || [ "$((failed))" -gt 0 ] || failed=1
	note "$name" "$passed" "$((failed))"
	if [ "$status" = 0 ]; then
		say "$name" $((SECONDS - start)) "ok, $passed passed"
		grep -A20 'run once more' "$log"
		return 0
	fi
	say "$name" $((SECONDS - start)) "FAILED" "$log"
	return 1
}

# The last lines, and the exit status.
summary() {
	local passed=0 failed=0 ok bad
	while read -r ok bad; do
		passed=$((passed + ok)) failed=$((failed + bad))
	done < <(cat "$work"/counts/*)
	echo "all together: $SECONDS s"
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ]
}
