# SPDX-License-Identifier: GPL-2.0-or-later
"""Parts of all that there is to run, the same ones each time: by name, so that a new test moves no other."""

import argparse
import re
import zlib


class Slice:
    """The @number-th of @count parts."""

    def __init__(self, number, count):
        self.number = number
        self.count = count

    def __contains__(self, name):
        return zlib.crc32(name.encode()) % self.count == self.number


def parse(text):
    """`K/N`, for argparse."""
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if not match or int(match[1]) >= int(match[2]):
        raise argparse.ArgumentTypeError(f"{text} is no slice: write K/N, with K from 0 to N-1")
    return Slice(int(match[1]), int(match[2]))
