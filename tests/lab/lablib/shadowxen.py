# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's hypervisor with shadow paging, which its own build lacks and without which no PV guest moves live.

Built once, from Debian's source package and with the configuration of the hypervisor that hosts boot otherwise.
"""

import os
import re
import shutil
from pathlib import Path

from . import image
from .command import LabError, run, run_logged
from .place import CACHE

TOOLS = "dpkg-dev xz-utils patch flex bison binutils gcc make python3".split()
BUILD_LIMIT_S = 1800
SPACE_GIB = 2
WANTED = "CONFIG_SHADOW_PAGING=y"


def made(release):
    """The hypervisor, an ELF file."""
    config = next((image.packages(release) / "boot").glob("xen-*.config"))
    key = image.digest(config.read_text(), Path(__file__).read_text())

    def build(directory):
        image.install_host_packages(TOOLS)
        if shutil.disk_usage(CACHE).free < SPACE_GIB << 30:
            raise LabError(f"building the hypervisor takes {SPACE_GIB} GiB, and {CACHE} has not got them")
        print("building the hypervisor with shadow paging (once: a minute on two cores)", flush=True)
        log = image.log("shadow-xen")
        log.unlink(missing_ok=True)
        scratch = directory / "scratch"
        scratch.mkdir()
        tree = unpack(scratch, log)
        configure(tree, config, log)
        make(tree, log, f"-j{os.cpu_count()}")
        shutil.copy(tree / "xen", directory / "xen")
        shutil.rmtree(scratch)
    return image.cached(f"shadow-xen-{key}", build, limit=BUILD_LIMIT_S) / "xen"


def unpack(directory, log):
    """The source, with Debian's patches; returns the hypervisor's tree."""
    sources, lists = directory / "sources", directory / "lists"
    sources.mkdir()
    (lists / "partial").mkdir(parents=True)
    write_sources(sources)
    options = ["-o", "Dir::Etc::sourcelist=/dev/null", "-o", f"Dir::Etc::sourceparts={sources}",
               "-o", f"Dir::State::lists={lists}", "-o", "APT::Sandbox::User=root"]
    run_logged(["apt-get", *options, "update", "-q"], log, timeout=300, cure="the lab needs Debian 12 with a working apt")
    download(options, directory, log)
    run_logged(["dpkg-source", "--no-check", "-x", next(directory.glob("*.dsc")).name, "tree"], log, cwd=directory,
               timeout=300)
    return directory / "tree/xen"


def download(options, directory, log):
    """The newest source that can be had: a mirror may not have that of a version which it lists."""
    shown = run(["apt-cache", *options, "showsrc", "xen"])
    versions = sorted(set(re.findall(r"^Version: (\S+)$", shown, re.MULTILINE)), reverse=True)
    for number, version in enumerate(versions, 1):
        try:
            run_logged(["apt-get", *options, "source", "-q", "--download-only", f"xen={version}"], log, cwd=directory,
                       timeout=600, cure="the mirror that apt uses must have sources as well")
            return
        except LabError:
            if number == len(versions):
                raise
    raise LabError("apt knows no source of xen; the mirror that it uses must have sources as well")


def write_sources(directory):
    """This machine's own sources of packages, for sources of programs."""
    places = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    for place in places:
        if place.suffix not in (".list", ".sources") or not place.is_file():
            continue
        text = re.sub(r"^(Types:).*\bdeb\b.*$|^deb(?=[ \t])", lambda m: "Types: deb-src" if m[1] else "deb-src",
                      place.read_text(), flags=re.MULTILINE)
        (directory / place.name).write_text(text)


def configure(tree, config, log):
    """Debian's configuration but for one line; if Kconfig has dropped that, the hypervisor is not the one wanted."""
    name = WANTED.partition("=")[0]
    lines = [line for line in config.read_text().splitlines() if name not in line]
    (tree / ".config").write_text("\n".join([*lines, WANTED, ""]))
    make(tree, log, "olddefconfig")
    if WANTED not in (tree / ".config").read_text().splitlines():
        raise LabError(f"this hypervisor cannot be configured with {WANTED}; see {log}")


def make(tree, log, *words):
    """Out of the way of whatever else this machine does."""
    run_logged(["nice", "-n", "19", "make", "-C", str(tree), *words], log, timeout=BUILD_LIMIT_S)
