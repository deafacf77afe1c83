# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of what is asked of hosts on the debug kernel, after they were used; the lab has to be up.

    XENMIG_LAB=NAME /usr/bin/python3 -m pytest tests/debug/test_hosts.py
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "run")]
os.environ.setdefault("XENMIG_LAB", "debug")

from rig import REPOSITORY, hosts   # noqa: E402
from rig.hosts import HOSTS         # noqa: E402


@pytest.fixture(scope="session")
def lab():
    """Both hosts, on the kernel in question."""
    assert hosts.is_up(), "there is no lab to ask; start it with `lab up --kernel debug`"
    assert hosts.options()["kernel"] == "debug", "the lab's hosts do not run the debug kernel"
    return hosts


@pytest.fixture(params=HOSTS, ids=str)
def host(request, lab):
    return request.param


class Scan:
    """What kmemleak finds at a host with our module, and after that without it."""

    def __init__(self, host):
        self.with_module = self._scan(host)
        self.unloaded = host.run("/etc/lab/migctl stop && [ ! -e /sys/module/xenmig ]")
        self.without_module = self._scan(host)

    @staticmethod
    def _scan(host):
        """Twice: what is new, or has changed since, is given another chance."""
        return host.sh("cd /sys/kernel/debug && echo scan >kmemleak && sleep 6 && echo scan >kmemleak && cat kmemleak",
                       timeout=600)


@pytest.fixture(scope="session")
def scans(lab):
    """host -> Scan; at its end there is no guest and no module of ours any more."""
    def scan(host):
        host.sh("for d in $(xl list | awk '$2 + 0 > 0 {print $2}'); do xl destroy $d; done")
        return Scan(host)
    with ThreadPoolExecutor(len(HOSTS)) as pool:
        return dict(zip(HOSTS, pool.map(scan, HOSTS)))


@pytest.fixture
def log(host, scans):
    """All that the host's kernel has said since its boot, kept for who wants to read it."""
    text = host.sh("dmesg")
    kept = REPOSITORY / f"build/debug-{host}.log"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(text)
    return text
