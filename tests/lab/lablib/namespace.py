# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab's network namespace: a bridge with one tap for each host.

All traffic of the lab stays in it.  Its own end of the bridge is the place
from which guests are watched, outside both hosts.
"""

import ctypes
import json
import os
import socket
import threading

from .command import LabError, run
from .place import INSTANCE, NAMESPACE

BRIDGE = f"{INSTANCE}-br"
SUBNETS = 4             # one for each interface that a guest can have
CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def path():
    return f"/run/netns/{NAMESPACE}"


def exists():
    return os.path.exists(path())


def address(subnet, host):
    return f"10.77.{subnet}.{host}"


def inside(argv):
    """The command line that runs @argv inside the namespace."""
    return ["nsenter", f"--net={path()}", *argv]


def tap(host_name):
    return f"{INSTANCE}-{host_name}"


def create(host_names):
    """Make namespace, bridge and taps; nothing is left of them when a step fails."""
    run(["ip", "netns", "add", NAMESPACE], cure="the lab needs root")
    try:
        ip("link", "set", "lo", "up")
        ip("link", "add", BRIDGE, "type", "bridge", "forward_delay", "0", "mcast_snooping", "0")
        for subnet in range(SUBNETS):
            ip("addr", "add", f"{address(subnet, 1)}/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        for name in host_names:
            ip("tuntap", "add", tap(name), "mode", "tap")
            ip("link", "set", tap(name), "master", BRIDGE, "up")
    except LabError:
        remove()
        raise


def remove():
    if exists():
        run(["ip", "netns", "del", NAMESPACE])


def ip(*words):
    run(["ip", "-n", NAMESPACE, *words], timeout=10)


def plug(host_name, plugged):
    """Take a host's cable out, or put it back."""
    ip("link", "set", tap(host_name), "up" if plugged else "down")


def plugged(host_name):
    """Whether the cable is in; the state of the line itself is QEMU's."""
    link = json.loads(run(["ip", "-n", NAMESPACE, "-j", "link", "show", tap(host_name)]))
    return "UP" in link[0]["flags"]


def enter():
    """Move the calling thread, and only it, into the namespace."""
    try:
        descriptor = os.open(path(), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise LabError(f"there is no lab `{INSTANCE}`; start it with `lab up`") from None
    try:
        if _libc.setns(descriptor, CLONE_NEWNET):
            raise LabError(f"cannot enter {path()}: {os.strerror(ctypes.get_errno())}; the lab needs root")
    finally:
        os.close(descriptor)


def call_inside(function):
    """Return function()'s result from a thread inside the namespace; a socket made there stays there."""
    outcome = {}

    def body():
        try:
            enter()
            outcome["value"] = function()
        except BaseException as error:      # handed to the caller, whatever it is
            outcome["error"] = error

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    thread.join()
    if "error" in outcome:
        raise outcome["error"]
    return outcome["value"]


def connect(host, port, timeout=10):
    """A TCP connection from the namespace's own end of the bridge."""
    connection = call_inside(lambda: socket.create_connection((host, port), timeout))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
