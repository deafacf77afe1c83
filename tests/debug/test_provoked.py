# SPDX-License-Identifier: GPL-2.0-or-later
"""The same kernel does report: a module makes one mistake of each kind.  Comes last, as the host is spoiled by it."""

import shutil
import subprocess
from pathlib import Path

import judge
import pytest
from rig import patient
from rig.hosts import ALPHA
from lablib import lifecycle

SOURCE = Path(__file__).resolve().parent / "provoke"

# mistake: the kind of its report; lockdep's comes before KASAN's, after which it does not trust itself any more
MISTAKES = {
    "order": "lockdep",
    "sleeps": "atomic sleep",
    "warning": "WARN",
    "shift": "UBSAN",
    "list": "corruption",
    "underflow": "corruption",
    "heap": "KASAN",
    "freed": "KASAN",
    "stack": "KASAN",
}


@pytest.fixture(scope="module")
def provoke(lab, tmp_path_factory):
    """Makes a mistake at alpha and returns what the kernel says to that."""
    directory = tmp_path_factory.mktemp("provoke")
    for file in SOURCE.iterdir():
        shutil.copy(file, directory)
    kernel = lifecycle.running_kernel()
    done = subprocess.run(["make", "-C", str(kernel.headers()), f"M={directory}", *kernel.build, "modules"],
                          capture_output=True, text=True, timeout=patient(60), check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    ALPHA.lab.push(str(directory / "provoke.ko"), "/run/")

    def make(mistake):
        before = len(ALPHA.sh("dmesg").splitlines())
        ALPHA.sh(f"insmod /run/provoke.ko mistake={mistake} && rmmod provoke")
        return "\n".join(ALPHA.sh("dmesg").splitlines()[before:])
    return make


@pytest.mark.parametrize("mistake", MISTAKES)
def test_reported(provoke, mistake):
    """It is seen in the log, as what it is, and is not let pass."""
    text = provoke(mistake)
    assert MISTAKES[mistake] in [report.kind for report in judge.not_allowed(judge.in_log(text))], text


def test_leak_reported(provoke):
    """Ten objects are forgotten; a stale pointer on some stack may hide one, and not all."""
    provoke("leak")
    text = ALPHA.sh("cd /sys/kernel/debug && echo scan >kmemleak && sleep 6 && echo scan >kmemleak && cat kmemleak",
                    timeout=600)
    assert len(judge.not_allowed(judge.in_kmemleak(text))) >= 5, text
