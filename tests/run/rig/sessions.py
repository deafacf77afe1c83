# SPDX-License-Identifier: GPL-2.0-or-later
"""Sessions of a host, as `migctl watch` tells of them."""

import json

from .hosts import Lines


class Watch:
    """All that it says, until end()."""

    def __init__(self, host):
        self.host = host
        self._process = host.start("migctl", "watch", "--json")
        self._lines = Lines(self._process.stdout)

    def last_in(self, state):
        """The last word on a session in that state."""
        events = [json.loads(line) for _, line in self._lines.lines]
        events = [event for event in events if event["state"] == state]
        assert events, f"{self.host}: no session was seen in state {state}: {self._lines.text()}"
        return events[-1]

    def end(self):
        self.host.run("pkill", "-xf", "migctl watch --json")
        self._process.wait(20)
