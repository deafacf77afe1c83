# SPDX-License-Identifier: GPL-2.0-or-later
"""The smallest guest (tiny/tiny.c): as little memory as is asked for, and a console to say how it is."""

import re
import subprocess
from pathlib import Path

from . import await_
from .guests import Guest
from .hosts import HOSTS, lab

SOURCE = Path(__file__).resolve().parents[1] / "tiny/tiny.c"
CFLAGS = """
    -m32 -O2 -Wall -Wextra -Werror -std=gnu11 -ffreestanding -fno-pic -no-pie -fno-stack-protector
    -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -fcf-protection=none -mno-sse -nostdlib -static
    -Wl,--build-id=none -Wl,-Ttext-segment=0x100000 -Wl,--entry=start -Wl,-z,noexecstack
""".split()


def build(directory):
    """Compile it; returns the kernel for a PVH guest."""
    kernel = directory / "tiny"
    done = subprocess.run(["gcc", *CFLAGS, "-o", str(kernel), str(SOURCE)], capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == 0, done.stderr
    return kernel


class Tiny(Guest):
    """One such guest; it answers no questions, but tells on its console."""

    def __init__(self, name, mem):
        super().__init__(name, mem=mem, nics=0)

    def told(self, host, word):
        """The numbers that came with a word, in their order."""
        return [int(value) for value in re.findall(rf"^{re.escape(word)} (\d+)$", self.console_log(host), re.MULTILINE)]

    def await_verified(self, host):
        """Wait until it has walked all of its pattern once more, and see that it found nothing wrong.

        The lap that is under way does not count, so it takes two.
        """
        laps = max([0] + [lap for at in HOSTS for lap in self.told(at, "verified")])
        await_(lambda: self.told(host, "verified")[-1:] >= [laps + 2], 60,
               lambda: f"{self.name} does not verify its memory:\n{self.console_log(host)[-1000:]}", pause=0.2)
        log = self.console_log(host)
        assert "bad" not in log, f"{self.name} at {host} says:\n{log[-1000:]}"


def create(kernel, host, name, mem):
    """A new one at @host, up."""
    lab("guest", host.name, name, "--mem", str(mem), "--nics", "0", "--kernel", str(kernel), timeout=120)
    guest = Tiny(name, mem)
    guest.uuid = host.uuid(host.domid(name))
    return guest
