# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel for the hosts that watches itself: Debian's source with KASAN, lockdep, kmemleak and more.

Linux has no KASAN for PV domains, so a small patch adds it.  The kernel is
built once for each version of the source, configuration, patch and text of
this file; the cache keeps its image, its modules, and what other modules are
built against.
"""

import os
import re
import shutil
from pathlib import Path

from . import image
from .command import LabError, run, run_logged
from .place import CACHE, LAB_DIR

SOURCE = "linux-source-6.1"
TOOLS = "patch xz-utils flex bison bc libelf-dev binutils gcc make kmod".split()
CONFIG = LAB_DIR / "debug-kernel.config"
PATCH = LAB_DIR / "debug-kernel.patch"
BUILD_LIMIT_S = 4 * 3600
SPACE_GIB = 4

# What external modules are built against, of the source's own tree.
KEPT = ("Makefile", "Kbuild", ".config", "Module.symvers", "System.map", "include", "scripts", "arch/x86/include",
        "arch/x86/Makefile*", "tools/objtool/objtool")


def version():
    """Of the package with the source; asked once, then the cache decides."""
    def ask(directory):
        shown = run(["apt-cache", "show", "--no-all-versions", SOURCE], cure="run `apt-get update` on Debian 12")
        (directory / "version").write_text(re.search(r"^Version: (\S+)$", shown, re.MULTILINE)[1] + "\n")
    return (image.cached("debug-kernel-source", ask) / "version").read_text().strip()


def key():
    """Of all that the kernel is made of."""
    return image.digest(version(), CONFIG.read_text(), PATCH.read_text(), Path(__file__).read_text())


def release():
    """What the kernel calls itself; another kernel's modules do not fit."""
    return f"{version().partition('-')[0]}-debug.{key()}"


def made():
    """The directory with vmlinux, root/lib/modules, modules.cpio and build, for modules to be built against."""
    return image.cached(f"debug-kernel-{key()}", build, limit=BUILD_LIMIT_S)


def build(directory):
    image.install_host_packages(TOOLS)
    if shutil.disk_usage(CACHE).free < SPACE_GIB << 30:
        raise LabError(f"building the debug kernel takes {SPACE_GIB} GiB, and {CACHE} has not got them")
    print(f"building the debug kernel {release()} (once: half an hour on two cores)", flush=True)
    log = image.log("debug-kernel")
    log.unlink(missing_ok=True)
    scratch = CACHE / f"debug-kernel-tree-{key()}"
    shutil.rmtree(scratch, ignore_errors=True)      # of a build that was killed
    scratch.mkdir()
    try:
        tree = unpack(scratch, log)
        configure(tree, log)
        make(tree, log, f"-j{os.cpu_count()}", "vmlinux", "modules")
        install(tree, directory, log)
        keep_headers(tree, directory / "build")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def unpack(directory, log):
    """The source, patched; returns its tree."""
    run_logged(["apt-get", "download", f"{SOURCE}={version()}"], log, cwd=directory, timeout=900,
               cure=f"run `apt-get update`; if that version is gone remove {CACHE}/debug-kernel-source")
    package = next(directory.glob("*.deb"))
    run_logged(["dpkg", "-x", str(package), str(directory)], log, timeout=600)
    package.unlink()
    archive = directory / f"usr/src/{SOURCE}.tar.xz"
    run_logged(["tar", "-C", str(directory), "-xJf", str(archive)], log, timeout=1800)
    archive.unlink()
    tree = directory / SOURCE
    run_logged(["patch", "-d", str(tree), "-p1", "-i", str(PATCH)], log, timeout=60)
    return tree


def configure(tree, log):
    """Defaults and our own lines; a line that Kconfig has dropped would be a kernel that looks for less."""
    make(tree, log, f"KCONFIG_ALLCONFIG={CONFIG}", "alldefconfig")
    got = settings((tree / ".config").read_text())
    lost = [f"{name}={value}" for name, value in settings(CONFIG.read_text()).items() if got.get(name, "n") != value]
    if lost:
        raise LabError(f"the kernel cannot be configured with {', '.join(lost)}; mend {CONFIG.name}")


def settings(text):
    """name -> value of a configuration; `is not set` is n."""
    found = {name: "n" for name in re.findall(r"^# (CONFIG_\w+) is not set$", text, re.MULTILINE)}
    found.update(re.findall(r"^(CONFIG_\w+)=(.*)$", text, re.MULTILINE))
    return found


def make(tree, log, *words):
    """Out of the way of whatever else this machine does."""
    run_logged(["nice", "-n", "19", "make", "-C", str(tree), f"LOCALVERSION=-debug.{key()}", *words], log,
               timeout=BUILD_LIMIT_S)


def install(tree, directory, log):
    """What hosts boot."""
    said = (tree / "include/config/kernel.release").read_text().strip()
    if said != release():
        raise LabError(f"the debug kernel calls itself {said} and not {release()}")
    run_logged(["strip", "-s", "-o", str(directory / "vmlinux"), str(tree / "vmlinux")], log, timeout=120)
    root = directory / "root"
    make(tree, log, f"INSTALL_MOD_PATH={root}", "INSTALL_MOD_STRIP=1", "modules_install")
    for link in ("build", "source"):
        (root / "lib/modules" / release() / link).unlink(missing_ok=True)
    image.pack(root, directory / "modules.cpio")


def keep_headers(tree, target):
    """Everything in it is found by paths from the tree's top, so it may be moved."""
    for pattern in KEPT:
        for path in tree.glob(pattern):
            place = target / path.relative_to(tree)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, place)
