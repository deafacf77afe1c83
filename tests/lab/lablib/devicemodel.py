# SPDX-License-Identifier: GPL-2.0-or-later
"""What hosts need for HVM guests: Debian's QEMU for Xen, the firmware, and a kernel that it can load.

An archive of its own, for the hosts of `lab up --hvm`: others boot faster, and with less memory, without it.
"""

import re
import shutil
from pathlib import Path

from . import image

PACKAGES = ["qemu-system-xen"]
WANTED = re.compile(r"^(usr/)?lib/|^usr/libexec/|^usr/share/(seabios|ipxe|vgabios|qemu)/|^usr/lib/ipxe/")
# Of other machines than a PC.
EXCESS = re.compile(r"/(gconv|perl-base|gstreamer-1.0|udev|systemd)/|/qemu/(?!(vgabios|bios|kvmvapic|linuxboot|multiboot|pvh|efi-|keymaps))")
# Of dom0, with room for the archive and for a process for each guest.
MEMORY = "1600M"


def archive(release):
    """All of that as a cpio."""
    kernel = image.packages(release)

    def build(directory):
        print("building the device model's part of the dom0 image", flush=True)
        whole, root = directory / "whole", directory / "root"
        image.run_logged(["nice", "-n", "19", "mmdebstrap", "--variant=extract", "--include=" + ",".join(PACKAGES),
                          "bookworm", str(whole)], image.log("device-model"), timeout=900,
                         cure="check that apt on this machine can fetch packages")
        for file in image.walk(whole):
            name = str(file.relative_to(whole))
            if WANTED.match(name) and not EXCESS.search("/" + name) and (file.is_symlink() or file.is_file()):
                target = root / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file, target, follow_symlinks=False)
        (root / "usr/lib/lab").mkdir(parents=True)
        shutil.copy(kernel / f"boot/vmlinuz-{release}", root / "usr/lib/lab/vmlinuz")
        image.pack(root, directory / "devicemodel.cpio")
        shutil.rmtree(whole)
        shutil.rmtree(root)
    recipe = image.digest(release, Path(__file__).read_text())
    return image.cached(f"device-model-{recipe}", build) / "devicemodel.cpio"
