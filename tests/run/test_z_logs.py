# SPDX-License-Identifier: GPL-2.0-or-later
"""Last of all: what the kernels of both hosts have to say of all that was done to them."""

import sys

import pytest
from rig import REPOSITORY
from rig.hosts import HOSTS

sys.path.insert(0, str(REPOSITORY / "tests/debug"))

import judge        # noqa: E402


@pytest.mark.closing
@pytest.mark.smp
@pytest.mark.parametrize("host", HOSTS, ids=str)
@pytest.mark.pv
def test_kernel_reports_nothing(lab, host):
    """No warning, no stack trace, no oops since the host was booted."""
    reports = judge.not_allowed(judge.in_log(host.sh("dmesg")))
    assert not reports, judge.words(reports)
