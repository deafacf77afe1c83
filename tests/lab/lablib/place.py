# SPDX-License-Identifier: GPL-2.0-or-later
"""Where things are: the instance's name, its state, the cache, the repository."""

import os
import re
from pathlib import Path

from .command import LabError

LAB_DIR = Path(__file__).resolve().parent.parent
REPOSITORY = LAB_DIR.parent.parent
CACHE = Path(os.environ.get("XENMIG_CACHE") or "/var/cache/xenmig-lab")
INSTANCE = os.environ.get("XENMIG_LAB") or "lab"

# Interface names have at most 15 characters, and carry the instance's name.
if not re.fullmatch(r"[a-z0-9]{1,9}", INSTANCE):
    raise LabError(f"XENMIG_LAB={INSTANCE} is no name for a lab; use up to 9 small letters and digits")

STATE = Path("/run/xenmig-lab") / INSTANCE
NAMESPACE = f"xenmig-{INSTANCE}"
LOCK = Path("/run/xenmig-lab") / f"{INSTANCE}.lock"
