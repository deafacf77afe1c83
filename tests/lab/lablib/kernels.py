# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernels that a host's dom0 can boot; guests always boot Debian's."""

from pathlib import Path
from typing import Callable, NamedTuple

from . import debugkernel, image
from .command import LabError


class Kernel(NamedTuple):
    """One of them."""
    name: str
    release: str
    vmlinux: Path
    root: Path                      # below it are lib/modules
    headers: Callable[[], Path]     # makes sure of them, and says where modules are built against them
    build: tuple = ()               # more for make when the module is built
    archives: tuple = ()            # its modules, where the base image has not got them
    words: str = "loglevel=4"       # of its command line
    memory: str = "1024M"           # of dom0
    shipped: bool = False           # our own parts are for it as they are shipped: without fault points

    @property
    def in_tree(self):
        """Whether the module is built for it where its sources lie, as `make` does."""
        return self.name == "debian" and self.shipped


def kernel(name=None, shipped=False):
    """The kernel of that name, made or fetched first if need be, and which build of our own parts is for it."""
    return named(name)._replace(shipped=bool(shipped))


def named(name):
    if name in (None, "debian"):
        release = image.kernel_release()
        root = image.packages(release)
        return Kernel("debian", release, root / "vmlinux", root, lambda: image.headers(release))
    if name == "6.12":
        release = image.kernel_release("linux-image-6.12-amd64")
        root = image.packages(release)
        return Kernel(name, release, root / "vmlinux", root, lambda: image.unpacked_headers(release),
                      archives=(image.module_archive(release),))
    if name == "debug":
        made = debugkernel.made()
        return Kernel(
            "debug", debugkernel.release(), made / "vmlinux", made / "root", lambda: made / "build",
            build=("UBSAN_SANITIZE=y",), archives=(made / "modules.cpio",),
            # All that it reports is kept, and shown on the console. The lab's devices have interrupts by message,
            # and what ACPI has to say of their lines is a program that would run for half a minute a device.
            words="loglevel=5 log_buf_len=16M kasan_multi_shot acpi=noirq",
            # An eighth is KASAN's shadow, and more goes into the books of kmemleak and lockdep.
            memory="1536M")
    raise LabError(f"there is no kernel `{name}`; take debian, 6.12 or debug")
