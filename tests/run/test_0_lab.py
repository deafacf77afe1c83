# SPDX-License-Identifier: GPL-2.0-or-later
"""What every other test takes for granted of the lab."""

from concurrent.futures import ThreadPoolExecutor

from rig.hosts import ALPHA

AT_ONCE = 3
COMMANDS = 40       # of each; an SSH server that loses one exit status in a dozen does not get through


def test_exit_statuses_come_through(lab):
    """Of commands that run at once on one host each gives its own exit status and its own output."""
    def some(which):
        found = []
        for number in range(COMMANDS):
            done = ALPHA.run(f"echo {which}.{number}; exit {number}")
            found.append((done.code, done.out.strip()))
        return found
    with ThreadPoolExecutor(AT_ONCE) as pool:
        all_found = list(pool.map(some, range(AT_ONCE)))
    for which, found in enumerate(all_found):
        assert found == [(number, f"{which}.{number}") for number in range(COMMANDS)]
