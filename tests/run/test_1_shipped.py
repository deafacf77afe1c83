# SPDX-License-Identifier: GPL-2.0-or-later
"""What is shipped moves a guest, and cannot be told to go wrong: all other tests have a build with fault points."""

import pytest
from rig.hosts import HOSTS, install
from rig.moves import Move

PARAMETERS = "/sys/module/xenmig/parameters"
PLACES = "/run/migctl/fault"


@pytest.fixture
def shipped(guest):
    """The build that is shipped is in service at both hosts, and afterwards that of the tests, whatever happened."""
    try:
        install("--shipped")
        yield HOSTS
    finally:
        install("--no-shipped")


def test_it_moves_a_guest(guest, shipped):
    """A guest that writes moves; the module has no parameter for faults, and migctl stops at none of its places."""
    here, there = guest.host, guest.host.other
    for host in shipped:
        parameters = host.sh(f"ls {PARAMETERS}").split()
        assert "fault" not in parameters and "stall_seconds" in parameters, f"{host}: {parameters}"
    here.sh(f"mkdir -p {PLACES}; touch {PLACES}/suspended")
    try:
        Move(guest, there).wait().assert_moved().assert_live()
        assert here.sh(f"ls {PLACES}").split() == ["suspended"]
    finally:
        here.sh(f"rm -rf {PLACES}")
    guest.assert_intact()


def test_the_others_have_fault_points(lab):
    """The tests' own build is in service again."""
    for host in HOSTS:
        assert "fault" in host.sh(f"ls {PARAMETERS}").split(), f"{host}"
