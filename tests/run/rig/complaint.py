# SPDX-License-Identifier: GPL-2.0-or-later
"""How migctl says that something is wrong: one sentence, and a code."""

import re

from .moves import HOPELESS, WARNING

FAILED, USAGE, CANCELLED, ENDED, REFUSED = 1, 2, 4, 5, 6

# A sentence names a cause and ends; migctl's own name is all that goes before it.
SENTENCE = re.compile(r"migctl: [A-Z'0-9a-z\[/].*[.!]$")


class Complaint:
    """What a command said on stderr."""

    def __init__(self, stderr):
        self.lines = [line for line in stderr.splitlines() if line != WARNING and not line.startswith(HOPELESS)]

    def assert_one_sentence(self, words):
        assert len(self.lines) == 1, f"not one sentence but: {self.lines}"
        assert SENTENCE.match(self.lines[0]), self.lines
        for word in words:
            assert word.lower() in self.lines[0].lower(), f"nothing of `{word}` in: {self.lines[0]}"
