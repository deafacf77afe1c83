# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine without a hypervisor: the kernel and the programs of the hosts, one script, and off."""

import subprocess
import tempfile
from pathlib import Path

from lablib import image, kernels
from lablib.command import patient
from lablib.place import STATE

BOOT_LIMIT_S = 120
SCRIPT = """#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
ip link set lo up
exec >/dev/ttyS1 2>&1
{body}
poweroff -f
"""


def run(body, kernel=None):
    """What the script's lines @body print on such a machine."""
    kernel = kernels.kernel(kernel)
    with tempfile.TemporaryDirectory() as temporary:
        root, out = Path(temporary) / "root", Path(temporary) / "out"
        image.write(root / "plain", SCRIPT.format(body=body).encode(), 0o755)
        image.pack(root, Path(temporary) / "script.cpio")
        with open(Path(temporary) / "initrd", "wb") as initrd:
            for part in (STATE / "initrd", Path(temporary) / "script.cpio"):
                initrd.write(part.read_bytes())
        done = subprocess.run([
            "qemu-system-x86_64", "-name", "xenmig-plain", "-nodefaults", "-display", "none", "-no-reboot",
            "-accel", "tcg", "-cpu", "max", "-m", "1536M",
            "-kernel", str(kernel.vmlinux), "-initrd", str(Path(temporary) / "initrd"),
            "-append", "console=ttyS0 rdinit=/plain panic=-1 oops=panic quiet",
            "-serial", f"file:{Path(temporary) / 'console'}", "-serial", f"file:{out}",
        ], capture_output=True, text=True, timeout=patient(BOOT_LIMIT_S), check=False)
        said = (Path(temporary) / "console").read_text(errors="replace")
        assert done.returncode == 0 and out.exists(), f"{done.stderr}\n{said[-2000:]}"
        return out.read_text(errors="replace").replace("\r", "")
