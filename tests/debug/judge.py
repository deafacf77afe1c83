# SPDX-License-Identifier: GPL-2.0-or-later
"""Finds in a kernel's log, and in kmemleak's list, what it reports of itself.

Whatever looks like a report is one, known or not; only what is named below
with its reason is let pass.
"""

import re
from typing import NamedTuple

# What a report begins with; the first kind that fits names it.
KINDS = {
    "KASAN": r"BUG: KASAN",
    "UBSAN": r"UBSAN:",
    "atomic sleep": r"BUG: (sleeping function called from|scheduling while atomic|using \S+ in preemptible|"
                    r"workqueue leaked)",
    "lockdep": r"WARNING: (possible |inconsistent lock|suspicious RCU|bad unlock|bad contention|held lock|lock held|"
               r"Nested lock|\S+/\d+ (is|still has))|INFO: trying to register non-static|BUG: (Invalid wait context|"
               r"MAX_\w+ too|key \S+ has not|\S+/\d+ still has)|turning off the locking correctness|DEBUG_LOCKS_WARN",
    "kmemleak": r"kmemleak: (?!.*new suspected)(?!Kernel memory leak detector initialized).*",
    "debug objects": r"ODEBUG:",
    "corruption": r"corruption|refcount_t:|BUG \S+ \(|page dumped because(?!: kasan)",
    "WARN": r"WARNING:",
    "BUG": r"BUG:|kernel BUG|Oops|general protection fault|invalid opcode|Kernel panic|unable to handle|double fault",
    "hang": r"blocked for more than|self-detected stall|detected stalls|soft lockup|hard LOCKUP|rcu: INFO",
    "stack": r"Call Trace:",
}
KIND = re.compile("|".join(f"(?P<k{number}>{pattern})" for number, pattern in enumerate(KINDS.values())))
STAMP = re.compile(r"^(<\d+>)?\[ *\d+\.\d+\](\[ *[TC]\d+\])? ?")
LINES = 90      # that a report has at most
HEAD = 12       # of them that may come before the warning or oops that it goes on with

# (kind, words that it has, why it is none of ours): a report of those is let pass.
ALLOWED = []


class Report(NamedTuple):
    """One of them."""
    kind: str
    text: str

    @property
    def title(self):
        return self.text.partition("\n")[0]

    @property
    def allowed(self):
        """The reason why it is let pass, or None."""
        return next((reason for kind, pattern, reason in ALLOWED
                     if kind == self.kind and re.search(pattern, self.text)), None)


def in_log(text):
    """The reports in a kernel's log, or in the console of a host, where Xen speaks too."""
    lines = [STAMP.sub("", line.rstrip()) for line in text.splitlines() if not line.startswith("(XEN)")]
    begins = []
    traced = False      # the report that is being read has had its stack
    for number, line in enumerate(lines):
        match = KIND.search(line)
        if not match:
            continue
        kind = list(KINDS)[int(match.lastgroup[1:])]
        reach = LINES if kind == "stack" else HEAD if kind in ("WARN", "BUG") and not traced else 0
        if begins and number - begins[-1][0] < reach:
            traced = traced or kind == "stack"
            continue
        begins.append((number, kind))
        traced = kind == "stack"
    ends = [number for number, _ in begins[1:]] + [len(lines)]
    return [Report(kind, "\n".join(lines[begin:min(end, begin + LINES)])) for (begin, kind), end in zip(begins, ends)]


def in_kmemleak(text):
    """One report for each object in /sys/kernel/debug/kmemleak."""
    parts = re.split(r"^(?=unreferenced object )", text, flags=re.MULTILINE)
    return [Report("kmemleak", part.rstrip()) for part in parts if part.strip()]


def not_allowed(reports):
    return [report for report in reports if not report.allowed]


def words(reports):
    """For a person."""
    return "\n\n".join(f"--- {report.kind}\n{report.text}" for report in reports)
