# SPDX-License-Identifier: GPL-2.0-or-later
"""Which cells there are: every fault at every place where it means something."""

import random

import harm

# In the order in which a move comes to them. `start` is before migctl is started, and no fault point.
SOURCE = ("connecting", "hello", "first-round", "later-round", "suspending", "suspend-requested", "suspended",
          "draining", "state-sent", "held", "committing", "ready-received", "commit-sent", "running-received",
          "destroyed")
DESTINATION = ("checks", "preparing", "ready", "commit-received", "kept", "starting", "unpaused", "started", "running",
               "forget-received")
ORDER = ("start", "connecting", "hello", "checks", "first-round", "preparing", "later-round", "suspending",
         "suspend-requested", "suspended", "state-sent", "held", "committing", "ready", "ready-received", "commit-sent",
         "commit-received", "kept", "starting", "unpaused", "started", "running", "running-received", "destroyed",
         "forget-received")


def but(*left_out, of=ORDER[1:]):
    """All places but some."""
    return tuple(place for place in of if place not in left_out)


# Those whose guest has a disk.
WITH_DISK = ("disk-stalls",)

# Of the module, at either end (Documentation/testing.rst).
ALLOCATIONS = ("session", "run", "prepare", "state", "digest")

# fault -> (what it does, its places)
FAULTS = {
    "kill-source": (harm.kill_source, but()),
    "kill-receiver": (harm.kill_receiver, but("connecting", "hello")),
    "kill-daemon": (harm.kill_daemon, but("suspending", "suspend-requested", "held")),
    "kill-both": (harm.kill_both, ("first-round", "suspended", "ready", "ready-received", "held", "committing",
                                   "commit-sent", "kept", "starting", "unpaused", "running", "running-received",
                                   "destroyed")),
    "cut-short": (harm.cut_short, ("hello", "preparing", "later-round", "suspended", "ready", "committing", "commit-sent",
                                   "kept", "unpaused", "running", "running-received", "destroyed")),
    "cut-long": (harm.cut_long, ("later-round", "suspended", "ready", "ready-received", "committing", "commit-sent",
                                 "kept", "running", "destroyed")),
    "cut-for-ever": (harm.cut_for_ever, ("connecting", "later-round", "ready", "committing", "starting", "running")),
    "fin": (harm.fin, ("later-round", "suspended", "ready", "ready-received", "committing", "commit-sent", "kept",
                       "running", "destroyed")),
    "rst": (harm.rst, ("hello", "checks", "first-round", "preparing", "later-round", "suspend-requested", "suspended",
                       "ready", "ready-received", "committing", "commit-sent", "kept", "unpaused", "running",
                       "running-received", "destroyed")),
    "loss": (harm.loss, ("connecting", "hello", "first-round", "later-round", "suspended", "ready", "committing",
                         "commit-sent", "running")),
    "off-source": (harm.off_source, ("later-round", "suspended", "ready", "held", "committing", "commit-sent", "kept",
                                     "unpaused", "running-received", "destroyed")),
    "off-destination": (harm.off_destination, ("later-round", "ready", "committing", "commit-sent", "commit-received",
                                               "kept", "starting", "unpaused", "running", "running-received",
                                               "destroyed")),
    "host-full-there": (harm.host_full_there, ("start", "checks")),
    "full-disk-here": (harm.full_disk_here, ("start", "connecting", "ready-received", "held", "committing",
                                             "running-received", "destroyed")),
    "full-disk-there": (harm.full_disk_there, ("start", "checks", "preparing", "ready", "commit-received", "kept",
                                               "starting", "unpaused", "running", "forget-received")),
    "disk-stalls": (harm.disk_stalls, ("suspend-requested", "suspended", "draining")),
    "flip-byte": (harm.flip_byte, ("start",)),
    "truncated-record": (harm.truncated_record, ("connecting", "later-round", "suspending")),
    **{f"no-memory-{what}-here": (harm.no_memory_here(what), ("start",)) for what in ALLOCATIONS},
    **{f"no-memory-{what}-there": (harm.no_memory_there(what), ("start",)) for what in ALLOCATIONS},
    "script-fails": (harm.script_fails, ("start",)),
    "script-hangs": (harm.script_hangs, ("start",)),
    "script-fails-here": (harm.script_fails_here, ("running-received",)),
    "script-hangs-here": (harm.script_hangs_here, ("running-received",)),
    "cancel": (harm.cancel, ("hello", "first-round", "later-round", "suspending", "suspend-requested", "suspended",
                             "state-sent", "ready", "ready-received", "held", "committing", "commit-sent", "kept",
                             "running-received")),
    "cancel-there": (harm.cancel_there, ("preparing", "later-round", "suspended", "ready", "commit-received", "kept")),
    "sigint": (harm.sigint, ("connecting", "hello", "first-round", "preparing", "later-round", "suspend-requested",
                             "suspended", "state-sent", "ready", "ready-received", "held", "commit-sent",
                             "running-received")),
    "sighup": (harm.sighup, ("later-round", "suspended", "commit-sent")),
    "shutdown": (harm.shutdown, ("hello", "first-round", "later-round", "suspending", "running", "running-received",
                                 "destroyed")),
    "reboot": (harm.reboot, ("later-round", "suspending", "running-received")),
    "crash": (harm.crash, ("later-round", "suspending", "running-received")),
    "xl-pause": (harm.xl_pause, ("connecting", "later-round", "suspending")),
    "xl-destroy": (harm.xl_destroy, ("hello", "later-round", "suspend-requested", "suspended", "ready-received", "held",
                                     "committing", "commit-sent", "running-received")),
    "xl-migrate": (harm.xl_migrate, ("connecting", "first-round", "later-round")),
}

# What `make check` runs: most of the faults, and the places after the point of no return above all.
SPREAD = """
    kill-source@suspended kill-source@held kill-source@committing
    kill-source@destroyed
    kill-receiver@preparing kill-receiver@ready kill-receiver@commit-received kill-receiver@kept kill-receiver@started
    kill-daemon@ready-received kill-daemon@running
    kill-both@running-received
    cut-short@suspended cut-long@committing
    rst@commit-sent
    loss@suspended
    off-source@committing off-destination@unpaused
    host-full-there@start full-disk-here@held full-disk-there@ready
    flip-byte@start truncated-record@later-round no-memory-state-here@start no-memory-run-there@start
    script-fails@start
    cancel@suspended sigint@later-round shutdown@suspending xl-destroy@ready-received
""".split()

# Of a PV guest the source sends its state from memory that it has had since before the rounds.
NOT_OF_PV = ("no-memory-state-here@start",)

RANDOM_FAULTS = {"kill-source": 5, "kill-receiver": 4, "kill-daemon": 4, "kill-both": 4, "cut-short": 3, "rst": 4,
                 "off-source": 1, "off-destination": 1}
RANDOM_SECONDS = 6.0        # a move of the matrix's guest takes about so long


def every_cell():
    """fault@place, the quick faults of every place first."""
    return [f"{fault}@{place}" for fault, (_, places) in FAULTS.items() for place in places]


def random_cells(count, seed):
    """fault@SECONDS: at a time instead of a place."""
    dice = random.Random(seed)
    names, weights = zip(*RANDOM_FAULTS.items())
    return [f"{dice.choices(names, weights)[0]}@{dice.uniform(0, RANDOM_SECONDS):.3f}s" for _ in range(count)]
