# SPDX-License-Identifier: GPL-2.0-or-later
"""Cases of parametrised tests."""

import pytest


def long(*values):
    """Those of `make check-all`."""
    return [pytest.param(value, marks=pytest.mark.long) for value in values]
