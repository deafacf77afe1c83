# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests: their addresses, their configuration, and waiting until they are up."""

import hashlib
import json
import os
import re

import labnet

from . import namespace
from .command import LabError, locked, patient, wait_for
from .place import STATE

UP_LIMIT_S = 300        # one without PV drivers on a busy machine; others are up in 10
FIRST_ADDRESS = 100
LAST_ADDRESS = 250
FOREIGN_UP = re.compile(r"^(up|login:|.* login:|Welcome|Please press Enter)", re.MULTILINE)


def address(name):
    """The number of guest @name, the same for as long as the lab lives, on whichever host it is."""
    table = STATE / "guests.json"
    with locked(STATE / "guests.lock", timeout=10):
        numbers = json.loads(table.read_text()) if table.exists() else {}
        if name not in numbers:
            number = max(numbers.values(), default=FIRST_ADDRESS - 1) + 1
            if number > LAST_ADDRESS:
                raise LabError("all addresses are given away; start afresh with `lab down` and `lab up`")
            numbers[name] = number
            table.write_text(json.dumps(numbers))
        return numbers[name]


def ip_of(name):
    return namespace.address(0, address(name))


def mac_of(name, nic):
    return f"00:16:3e:4c:{nic:02x}:{address(name):02x}"


def create(host, name, options):
    """Create a guest with stock xl, wait until it is up and return its address."""
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,60}", name):
        raise LabError(f"`{name}` is no name for a guest; use letters, digits, dot, dash and underscore")
    if not 0 <= options.nics <= namespace.SUBNETS:
        raise LabError(f"a guest has 0 to {namespace.SUBNETS} interfaces, not {options.nics}")
    path = f"/etc/xen/{name}.cfg"
    host.execute(f"cat >{path}", stdin=configuration(host, name, options))
    host.execute(f"rm -f /var/log/xen/console/guest-{name}.log")
    host.execute("xl", "create", "-q", path, timeout=120)
    try:
        wait_for(lambda: is_up(host, name, options), UP_LIMIT_S, lambda: silence(host, name), pause=0.2)
    except LabError:
        host.execute(f"xl destroy {name} 2>/dev/null || true")
        raise
    return ip_of(name)


def configuration(host, name, options):
    """The guest's xl configuration."""
    hvm = options.type == "hvm"
    # A device model loads what a boot loader would.
    kernel = on_host(host, options.kernel) if options.kernel else f"/usr/lib/lab/{'vmlinuz' if hvm else 'vmlinux'}"
    initrd = on_host(host, options.initrd) if options.initrd else \
        None if options.kernel else f"/usr/lib/lab/{'guest-hvm' if hvm else 'guest'}.initrd"
    vifs = [f"mac={mac_of(name, nic)},bridge=xenbr0" + (",model=e1000" if hvm else "")
            + (f",script={options.script}" if options.script else "") for nic in range(options.nics)]
    settings = {
        "name": name,
        "type": options.type,
        "kernel": kernel,
        "ramdisk": initrd,
        "extra": kernel_words(name, options),
        "memory": options.mem,
        "maxmem": options.maxmem,
        "vcpus": options.vcpus,
        "vif": vifs,
        "disk": [disk_words(options.disk)] if options.disk else None,
        "serial": "pty" if hvm else None,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items() if value is not None]
    return "".join(f"{line}\n" for line in [*lines, *getattr(options, "set", [])])


def kernel_words(name, options):
    # Xen tells a guest how fast its clock runs, but a PVH one tries to find out by itself first, for 2 s under emulation;
    # any number keeps it from that.
    words = ["console=hvc0", "loglevel=4", "tsc_early_khz=2500000", f"lab.name={name}", f"lab.ip={ip_of(name)}",
             f"lab.nics={options.nics}", f"lab.fill={options.fill}", f"lab.spare={options.spare}",
             f"lab.dirty={options.dirty}"]
    return " ".join(words + ([options.append] if options.append else []))


def disk_words(disk):
    """A path on the host becomes a raw xvda; anything longer is xl's own notation."""
    return disk if "=" in disk or "," in disk else f"format=raw,vdev=xvda,access=rw,target={disk}"


def on_host(host, path):
    """A file of this machine is copied to the host; any other path is one of the host."""
    if not os.path.isfile(path):
        return path
    with open(path, "rb") as f:
        place = f"/var/tmp/{hashlib.sha256(f.read()).hexdigest()[:16]}"
    if host.execute(f"[ -e {place} ] && echo yes || true").strip() != "yes":
        host.push(path, place)
    return place


def is_up(host, name, options):
    """By its own service where it is our guest and has a network, else by its console's words."""
    if options.kernel or not options.nics:
        return FOREIGN_UP.search(console(host, name))
    try:
        return labnet.call(ip_of(name), "echo up", timeout=5) == "up"
    except OSError:
        return False


def console(host, name):
    text = host.execute(f"cat /var/log/xen/console/guest-{name}.log 2>/dev/null || true")
    return text.replace("\r", "")


def silence(host, name):
    """Why a guest may not have come up, for the error message."""
    words = "\n".join(console(host, name).splitlines()[-5:])
    return f"guest {name} is not up after {patient(UP_LIMIT_S)} s; its console ends with:\n{words}"
