# SPDX-License-Identifier: GPL-2.0-or-later
"""What the lab tests stand on: hosts, guests, moves, and witnesses of what happened."""

import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
LAB = REPOSITORY / "tests/lab/lab"

sys.path.insert(0, str(LAB.parent))

from lablib.command import patient      # noqa: E402
from . import ledger         # noqa: E402


@ledger.counts_as("waiting for something to come")
def await_(condition, timeout, what, pause=0.05):
    """Poll condition() until it is true and return it; after @timeout seconds fail, saying @what did not come."""
    timeout = patient(timeout)
    limit = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > limit:
            raise AssertionError(f"after {timeout} s: {what() if callable(what) else what}")
        time.sleep(pause)
