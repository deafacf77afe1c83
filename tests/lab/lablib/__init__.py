# SPDX-License-Identifier: GPL-2.0-or-later
"""Two Xen hosts under emulation, side by side, for tests of live migration."""
