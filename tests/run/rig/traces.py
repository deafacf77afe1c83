# SPDX-License-Identifier: GPL-2.0-or-later
"""What a guest is, or was, to a host: everything that must be gone when it has left."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

from . import await_
from .hosts import DOMAINS, HOSTS, parse_names

GONE_LIMIT = 20

# One command a look: entering a host costs more than what is done there.
LOOK = rf"""
part() {{ echo "=== $1"; }}
part domains; {DOMAINS}
part xenstore; xenstore-ls -f
part netdevs; ls /sys/class/net
part ports; ls /sys/class/net/xenbr0/brif
part userdata; ls /var/lib/xen
part models; pgrep -af '[x]en-qemu-system' | sed -n 's/.*-xen-domid \([0-9]*\) .*/\1/p'
part sockets; ls /run/xen
part arrived; ls /run/migctl/received 2>/dev/null
part children; pgrep -P $(cat /run/migctl-serve.pid)
part status; migctl status --json 2>/dev/null || true
"""


class Look:
    """What is at a host now."""

    def __init__(self, host):
        self.host = host
        parts = dict(re.findall(r"^=== (\w+)\n(.*?)(?=^=== |\Z)", host.sh(LOOK), re.MULTILINE | re.DOTALL))
        self.domains = parse_names(parts["domains"])
        nodes = [line.partition(" = ")[0] for line in parts["xenstore"].splitlines()]
        # Folders that hold those of guests are the host's: made with the first of them, sometimes removed with the last.
        self.nodes = [node for node in nodes if not re.fullmatch(r"/local/domain/0/backend(/\w+)?|/libxl|/vm", node)]
        self.netdevs = parts["netdevs"].split()
        self.ports = parts["ports"].split()
        self.userdata = parts["userdata"].split()
        self.models = [int(domid) for domid in parts["models"].split()]     # the domains that they are of
        self.sockets = [name for name in parts["sockets"].split() if name.startswith(("qmp-", "qemu-root-"))]
        self.arrived = parts["arrived"].split()
        self.children = len(parts["children"].split())
        status = [json.loads(line) for line in parts["status"].splitlines()]
        self.sessions = [line for line in status if line["event"] == "session"]
        self.quarantined = sum(line["quarantined"] for line in status if line["event"] == "host")

    def everything(self):
        """All that a move could leave behind, whatever its name: kind -> set.

        But for the daemon's notes of arrivals: those of guests that have left
        since are dropped when it looks next, at any time.
        """
        return {
            "domains": {f"{domid} {name}" for name, domid in self.domains},
            "xenstore nodes": set(self.nodes),
            "network devices": set(self.netdevs),
            "bridge ports": set(self.ports),
            "userdata": set(self.userdata),
            "device models": {str(domid) for domid in self.models},
            "sockets": set(self.sockets),
            "sessions": {str(session["id"]) for session in self.sessions},
            "pages in quarantine": {str(self.quarantined)},
            "processes of the daemon": {str(self.children)},
        }


class Identity:
    """What a guest's traces at a host are recognised by; taken while it is there."""

    def __init__(self, host, guest):
        self.host = host
        self.name = guest.name
        self.domid = host.domid(guest.name)
        self.uuid = host.uuid(self.domid)

    def present(self):
        """The traces that are there now: kind -> what was found."""
        now = Look(self.host)
        vif = f"vif{self.domid}."
        names = ("(null)", self.name, f"{self.name}--incoming")
        found = {
            "domains": [(name, domid) for name, domid in now.domains if domid == self.domid or name in names],
            "xenstore nodes": [path for path in now.nodes if self._is_mine(path)],
            "network devices": [name for name in now.netdevs if name.startswith(vif)],
            "bridge ports": [name for name in now.ports if name.startswith(vif)],
            "userdata": [file for file in now.userdata if self.uuid in file],
            "device models": [domid for domid in now.models if domid == self.domid],
            "sockets": [name for name in now.sockets if name.endswith(f"-{self.domid}")],
            "notes of arrivals": [file for file in now.arrived if self.uuid in file],
            "sessions": [session for session in now.sessions if session["domid"] == self.domid],
            "pages in quarantine": [now.quarantined] if now.quarantined else [],
        }
        return {kind: things for kind, things in found.items() if things}

    def _is_mine(self, path):
        places = (f"/local/domain/{self.domid}", f"/libxl/{self.domid}", f"/vm/{self.uuid}")
        if any(path == place or path.startswith(place + "/") for place in places):
            return True
        return bool(re.match(rf"/local/domain/0/backend/[^/]+/{self.domid}(/|$)", path)) or self.uuid in path

    def await_gone(self, timeout=GONE_LIMIT):
        """Every trace must go, soon: the `xl` of the guest's creation may still be cleaning up behind it."""
        await_(lambda: not self.present(), timeout,
               lambda: f"at {self.host} is left of {self.name} (domain {self.domid}): {self.present()}", pause=0.3)


# ---- both hosts, before and after ----

def look_around(hosts=HOSTS):
    """host -> everything that is there."""
    with ThreadPoolExecutor(len(hosts)) as pool:
        return dict(zip(hosts, pool.map(lambda host: Look(host).everything(), hosts)))


def await_unchanged(before, timeout=GONE_LIMIT):
    """Everything must be as it was: what a failed move has begun is removed, soon."""
    hosts = tuple(before)
    await_(lambda: look_around(hosts) == before, timeout, lambda: differences(before, look_around(hosts)), pause=0.3)


def differences(before, after):
    """What is new and what is gone, in words."""
    words = []
    for host, kinds in before.items():
        for kind, things in kinds.items():
            new, gone = sorted(after[host][kind] - things), sorted(things - after[host][kind])
            if new or gone:
                words.append(f"at {host}, {kind}: new {new}, gone {gone}")
    return "; ".join(words) or "nothing"
