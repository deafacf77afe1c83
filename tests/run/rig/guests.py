# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests, wherever they are."""

import re
import threading
import time

from . import await_, ledger, patient
from .hosts import HOSTS, inside, lab
import labnet
from lablib import domain
from lablib.command import SLOW

MIB_PAGES = 256
JOIN = "vif-join"   # tests/lab/dom0/vif-join.c
ANEW = 60           # a guest that counts less far has just started


def light(mib, least=112):
    """So many MiB of a guest, or on slow hosts, which take minutes for what others do in seconds, @least: enough for what
    is looked at there, and for Debian's kernel."""
    return mib if SLOW == 1 else min(mib, least)


class Guest:
    """One of the lab's own guests, known by its name as an operator knows it."""

    def __init__(self, name, mem=256, vcpus=1, fill=0, nics=1):
        self.name = name
        self.mem = mem
        self.vcpus = vcpus
        self.fill = fill
        self.nics = nics
        self.ip = domain.ip_of(name) if nics else None
        self.mac = domain.mac_of(name, 0) if nics else None
        self.uuid = None

    def __repr__(self):
        return self.name

    # ---- where it is ----

    def hosts(self):
        """Every host that has a domain of its name."""
        return [host for host in HOSTS if host.domid(self.name) is not None]

    @property
    def host(self):
        """The one host that it is at."""
        found = self.hosts()
        assert len(found) == 1, f"{self.name} is at {found or 'no host'}"
        return found[0]

    def domid(self):
        return self.host.domid(self.name)

    def record(self):
        """Its line of xl list."""
        return next(entry for entry in self.host.domain_list() if entry["name"] == self.name)

    # ---- talking to it ----

    def connect(self):
        return labnet.Guest(self.ip)

    @ledger.counts_as("guests answer")
    def ask(self, line, timeout=60):
        """One question on a connection of its own, asked again while the network comes back."""
        limit = time.monotonic() + patient(20)
        while True:
            try:
                return labnet.call(self.ip, line, timeout=timeout)
            except OSError as error:
                assert time.monotonic() < limit, f"{self.name} does not answer `{line}`: {error}"
                time.sleep(0.2)

    def counter(self):
        return number(self.ask("counter"))

    def pages(self):
        """Pages of its pattern."""
        return int(re.search(r"pages=(\d+)", self.ask("info"))[1])

    def writes(self):
        """Pages of its pattern written since it started."""
        return int(re.search(r"writes=(\d+)", self.ask("info"))[1])

    def print_lines(self, rate):
        """So many numbered lines a second on its console; the number of the last one before. With 0 none comes after it."""
        return int(self.ask(f"lines {rate}").split()[2])

    def assert_intact(self):
        """Its pattern is there, all of it, page by page."""
        expected = f"ok {self.fill * MIB_PAGES}"
        answer = self.ask("verify", timeout=120)
        assert answer == expected, f"{self.name}'s memory: {answer} instead of {expected}"

    def assert_goes_on(self, since=None):
        """It counts."""
        first = self.counter() if since is None else since
        await_(lambda: self.counter() > first, 10, f"{self.name} does not count beyond {first}")

    def _counts_anew(self):
        try:
            return 0 < self.counter() < ANEW
        except AssertionError:
            return False

    @ledger.counts_as("guests boot")
    def reboot(self, limit=90):
        """Let it reboot; returns when it is up again, in a new domain of the same host."""
        await_(lambda: self.counter() > ANEW, 30, f"{self} does not count")
        host, first = self.host, self.domid()
        assert self.ask("reboot") == "ok"
        await_(lambda: host.domid(self.name) not in (None, first), 60, f"no new domain came of the reboot of {self}")
        await_(self._counts_anew, limit, f"{self} did not start anew")

    def console_log(self, host):
        return host.sh(f"cat /var/log/xen/console/guest-{self.name}.log 2>/dev/null || true").replace("\r", "")

    def console_counters(self, host):
        """The counter as its console log at @host has it, line by line."""
        return [int(value) for value in re.findall(r"^counter (\d+)$", self.console_log(host), re.MULTILINE)]

    # ---- seen from the network ----

    def mac_seen(self):
        """The MAC that answers for its address now."""
        inside("ip", "neigh", "flush", "to", self.ip)
        await_(lambda: self.ask("echo here") == "here", 10, f"{self.ip} is silent")
        return re.search(r"lladdr (\S+)", inside("ip", "neigh", "show", "to", self.ip))[1]

    def port_seen(self):
        """The host behind whose port the bridge between the hosts has learned its MAC."""
        entries = inside("bridge", "fdb", "show")
        ports = re.findall(rf"^{self.mac} dev \S+-(alpha|beta)", entries, re.MULTILINE)
        return ports[0] if ports else None


def number(answer):
    word, _, value = answer.partition(" ")
    assert word == "counter", f"the guest says `{answer}`"
    return int(value)


def create(host, name, *, mem=256, vcpus=1, fill=0, spare=0, dirty=0, nics=1, maxmem=None, append=None, disk=None,
           kind="pvh", script=JOIN, settings=()):
    """A new guest at @host, up; with @spare all its free memory but so many MiB is filled.

    Its interfaces only join the bridge, unless @script is another, or None for Xen's own: what that does takes half of a
    move's time under emulation.

    Slow hosts carry less, and so it writes less: what converges is to converge there as well.
    """
    words = ["guest", host.name, name, "--mem", mem, "--vcpus", vcpus, "--fill", fill, "--spare", spare,
             "--dirty", -(-dirty // SLOW), "--nics", nics]
    for option, value in (("--maxmem", maxmem), ("--append", append), ("--disk", disk), ("--type", kind), ("--script", script)):
        words += [option, value] if value is not None else []
    for setting in settings:
        words += ["--set", setting]
    for other in HOSTS:     # of an earlier guest of that name
        other.run(f"rm -f /var/log/xen/console/guest-{name}.log")
    lab(*map(str, words), timeout=440)
    guest = Guest(name, mem, vcpus, fill, nics)
    if spare:
        guest.fill = guest.pages() // MIB_PAGES
    guest.uuid = host.uuid(host.domid(name))
    return guest


@ledger.counts_as("guests are removed")
def remove(guest):
    """Destroy it wherever it is: more than once, as one that is starting anew just then is not seen at first."""
    for host in HOSTS:
        said = []

        def gone(at=host, words=said):
            words += at.clear_remains(guest.name)
            return at.domid(guest.name) is None
        await_(gone, 30, lambda h=host, words=said: f"{guest.name} stays at {h}: {words}", pause=0.5)


class Watch(threading.Thread):
    """Asks a guest for its counter all the time on one connection that stays open."""

    def __init__(self, guest, every=0.05):
        super().__init__(daemon=True)
        self.guest = guest
        self.every = every
        self.samples = []       # (time, counter)
        self.error = None
        self._over = threading.Event()
        self._line = guest.connect()
        self.start()

    def run(self):
        try:
            while not self._over.is_set():
                value = number(self._line.ask("counter", timeout=60))
                self.samples.append((time.monotonic(), value))
                self._over.wait(self.every)
        except Exception as error:      # the test that ends the watch raises it
            self.error = error

    def end(self):
        """Stop asking; raises what broke the connection, if anything did."""
        self._over.set()
        self.join(patient(90))
        assert not self.is_alive(), f"{self.guest} has not answered on its open connection for {patient(90)} s"
        self._line.close()
        if self.error:
            raise AssertionError(f"the open connection to {self.guest} broke: {self.error!r}")
        return self.samples

    def assert_forward(self):
        values = [value for _, value in self.samples]
        back = [(a, b) for a, b in zip(values, values[1:]) if b < a]
        assert not back, f"{self.guest}'s counter went back: {back}"
        assert values[-1] > values[0], f"{self.guest}'s counter stood at {values[0]}"
