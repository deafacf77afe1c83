# SPDX-License-Identifier: GPL-2.0-or-later
"""Judges where a guest is after a fault, from both hypervisors, both xenstores and the files of both journals.

No code of migctl is asked: Xen's own library, xenstore, Xen's own dump, /proc, and the
octets on the journals' disks.  (`migctl status` is used for one thing only,
the sessions and pages that the module itself still holds.)
"""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from rig import await_, patient
from rig.hosts import DOMAINS, HOSTS
from rig.traces import Look

JOURNAL = "/var/lib/migctl/journal"
SETTLED = {"source": {"failed", "moved", "resumed", "lost", "discarded"},
           "destination": {"refused", "failed", "forgotten"}}
SETTLE_S = patient(9)       # how long both ends may take by themselves before a person asks
RESOLVE_S = patient(25)     # and then with `migctl resolve`
CLEAN_S = 14                # how long what is left may take to go
SLACK_S = patient(0.3)      # of the arrival of two hosts' lines
MARK = "/run/faults-watched"   # a watch goes on as long as this is there
LOOK_MS = 200
SUSPENDED = 2               # Xen's reason code of a shut-down domain


class Foul(AssertionError):
    """What is not accepted."""


# ---- what there is ----

class Copy(NamedTuple):
    """One domain of the guest's UUID."""
    host: object
    domid: int
    name: str
    flags: str
    reason: str

    @property
    def runs(self):
        """It exists and is neither paused nor shut down nor dying: whether it is on a CPU just now says nothing."""
        return not set("pscd") & set(self.flags)

    @property
    def suspended(self):
        return "s" in self.flags and self.reason == str(SUSPENDED)


def copies_in(host, text, uuid):
    """The domains of that UUID in the text of dom0/domains.c."""
    found = []
    for line in text.splitlines():
        domid, its_uuid, flags, reason, name = line.split(None, 4)
        if its_uuid != uuid or "d" in flags and name == "(null)":
            continue                # another's; dying, and held only by a page that somebody still has mapped
        found.append(Copy(host, int(domid), name, flags, reason))
    return found


def at_each(function):
    """function(host) for each host that has power, at the same time: [(host, result)]."""
    hosts = [host for host in HOSTS if host.lab.pid()]
    with ThreadPoolExecutor(len(HOSTS)) as pool:
        return list(zip(hosts, pool.map(function, hosts)))


def copies(uuid):
    """Every domain of that UUID at every host that has power."""
    return [copy for host, text in at_each(lambda host: host.sh(DOMAINS)) for copy in copies_in(host, text, uuid)]


class Entry(NamedTuple):
    """A record of a journal."""
    side: str
    move: str
    state: str
    fields: dict

    @property
    def settled(self):
        return self.state in SETTLED[self.side]


def read_journal(host):
    """(move, side) -> Entry, read from the files themselves."""
    text = host.sh(f"for f in {JOURNAL}/*-source {JOURNAL}/*-destination; do [ -e $f ] && echo \"=== $f\" && "
                   "tr -d '\\000' <$f && echo; done; true")
    found = {}
    for part in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]:
        path, _, body = part.partition("\n")
        move, _, side = path.rsplit("/", 1)[1].rpartition("-")
        fields, state = {}, None
        for line in body.splitlines():
            match = re.match(r"^\d{4}-\S+Z (\w+)(.*) [0-9a-f]{8}\s*$", line)
            if not match:
                continue
            state = match[1]
            fields.update({key: quoted or bare
                           for key, quoted, bare in re.findall(r' (\w+)=(?:"([^"]*)"|(\S+))', match[2])})
        if state:
            found[move, side] = Entry(side, move, state, fields)
    return found


def boot_id(host):
    return host.sh("cat /proc/sys/kernel/random/boot_id").strip()


# ---- all the time ----

class Watch:
    """Looks at both hosts five times a second, as long as they have power."""

    def __init__(self, guest):
        self.guest = guest
        self.looks = []         # (began, ended, host, [Copy])
        self.power_cut = float("inf")   # when a host lost its power
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._watch, args=(host,), daemon=True) for host in HOSTS]
        for thread in self._threads:
            thread.start()

    def _watch(self, host):
        while not self._over.is_set():
            try:
                if host.lab.pid():
                    self._follow(host)
            except Exception:       # its power was cut; what counts is what was seen
                pass
            self._over.wait(0.5)

    def _follow(self, host):
        # A shell there need not notice that nobody listens any more.
        process = host.start(f"touch {MARK}; exec {DOMAINS} {LOOK_MS} {MARK}")
        began, lines = None, []
        for line in process.stdout:
            if line == "<\n":
                began, lines = time.monotonic(), []
            elif line == ">\n" and began:
                self.looks.append((began, time.monotonic(), host, copies_in(host, "".join(lines), self.guest.uuid)))
            else:
                lines.append(line)
        process.wait()

    def end(self):
        if self._over.is_set():
            return
        self._over.set()
        for host in HOSTS:
            if host.lab.pid():
                host.run(f"rm -f {MARK}", timeout=30)
        for thread in self._threads:
            thread.join(5)

    def assert_never_two(self):
        """No copy was seen running, then another one, then the first one again; nor two in one look.

        A copy that went down with its host does not count beyond that.
        """
        looks = sorted(self.looks, key=lambda look: look[0])
        self._assert_never_two([look for look in looks if look[0] < self.power_cut])
        self._assert_never_two([look for look in looks if look[0] >= self.power_cut])

    @staticmethod
    def _assert_never_two(looks):
        last_end = {}       # host -> end of the last look in which a copy ran there
        for began, ended, host, found in looks:
            running = [copy for copy in found if copy.runs]
            if len(running) > 1:
                raise Foul(f"two copies ran at {host}: {running}")
            if not running:
                continue
            for other, (first, theirs) in last_end.items():
                # It ran there after it had run here: what runs here now is a second copy.
                if other is not host and host in last_end and last_end[host][0] < theirs and began > theirs + SLACK_S:
                    raise Foul(f"a copy ran at {other} until {theirs - first:.1f} s after its first look "
                               f"and one at {host} before and after that")
            first = last_end.get(host, (ended, ended))[0]
            last_end[host] = (first, ended)


# ---- afterwards ----

class Verdict(NamedTuple):
    outcome: str
    host: object        # where the guest runs, or None
    note: str


class Referee:
    """What was before a cell, and the judgement after it."""

    def __init__(self, guest, source, baseline):
        self.guest = guest
        self.source = source
        self.destination = source.other
        self.baseline = baseline
        self.known = {host: set(found) for host, found in at_each(read_journal)}
        if not hasattr(guest, "max_pages"):
            guest.max_pages = source.xen_domains()[source.domid(guest.name)]["max_pages"]
        self.counter = guest.counter()
        self.watch = Watch(guest)
        self.notes = []

    # ---- journals ----

    def records(self, host):
        """The records that came into being since, those of the move in question."""
        return [entry for key, entry in read_journal(host).items() if key not in self.known[host]]

    def unsettled(self):
        return [(host, entry) for host, found in at_each(self.records) for entry in found if not entry.settled]

    def in_doubt(self, unsettled):
        """The record in committing of a suspended guest whose destination said MAY-HAVE-RUN."""
        return [entry for host, entry in unsettled if host is self.source and entry.state == "committing"
                and entry.fields.get("outcome") == "may-have-run"]

    def await_settled(self):
        """Both ends by themselves, or else a person with `migctl resolve`, who has no power to create anything."""
        limit = time.monotonic() + SETTLE_S
        while (left := self.unsettled()) and not self.in_doubt(left) and time.monotonic() < limit:
            time.sleep(0.7)
        limit = time.monotonic() + RESOLVE_S
        while (left := self.unsettled()) and not self.in_doubt(left) and time.monotonic() < limit:
            for host in {host for host, _ in left}:
                said = host.run("migctl", "resolve", self.guest.uuid, timeout=60)
                self.notes.append(f"resolve at {host} gave {said.code}: {(said.out + said.err).strip()}")
            if self.unsettled():
                time.sleep(1.5)

    def _history(self):
        return "; ".join(f"{host} {entry.side} {entry.state} {entry.fields.get('reason', '')}".strip()
                         for host in HOSTS if host.lab.pid() for entry in self.records(host))

    # ---- judgement ----

    def judge_now(self):
        """While the network is still cut: nothing runs twice, and something runs or can be made to."""
        found = copies(self.guest.uuid)
        running = [copy for copy in found if copy.runs]
        if len(running) > 1:
            raise Foul(f"two copies run: {running}")
        if running:
            return f"runs at the {self._role(running[0].host)}"
        held = [copy for copy in found if copy.host is self.source and copy.suspended]
        if not held or not any(entry.state == "committing" for entry in self.records(self.source)):
            raise Foul(f"no copy runs, and none is held in doubt: {found}; {self._history()}")
        return "suspended at the source, in doubt"

    def _role(self, host):
        return "source" if host is self.source else "destination"

    def judge(self, *, lost_host=None, may_end=False, stock=False, restarts=False):
        """The verdict; raises Foul.

        @lost_host lost its power; @may_end: the guest was told to end; @stock: a stock tool may have moved it;
        @restarts: it was told to begin anew, and so does its counter.
        """
        self.await_settled()
        outcome = None
        if self.in_doubt(self.unsettled()):
            outcome = self._end_doubt(lost_host, may_end)
        left = [f"{host}: {entry.side} {entry.state}" for host, entry in self.unsettled()
                if not (outcome and host is self.destination)]
        if left:
            raise Foul(f"records are not settled: {'; '.join(left)}; {' | '.join(self.notes)}")
        self.watch.end()
        self.watch.assert_never_two()
        try:
            copy = await_(self._settled_copy, 30 if restarts else 12, "")
        except AssertionError:
            return self._gone(lost_host, may_end)
        self._assert_well(copy, stock, restarts)
        self._assert_clean(copy)
        return Verdict(outcome or f"runs at the {self._role(copy.host)}", copy.host, self._history())

    def _settled_copy(self):
        """The one copy, which runs under its name."""
        found = copies(self.guest.uuid)
        running = [copy for copy in found if copy.runs]
        if len(running) > 1:
            raise Foul(f"two copies run: {running}")
        return running[0] if len(found) == 1 and running and running[0].name == self.guest.name else None

    def _end_doubt(self, lost_host, may_end):
        """The guest is suspended, and the other host may have run it: only a person can end that."""
        held = [copy for copy in copies(self.guest.uuid) if copy.host is self.source and copy.suspended]
        if not held:
            raise Foul("the journal is in doubt, and no suspended copy is at the source")
        if lost_host is not self.destination and not may_end:
            raise Foul(f"the destination said MAY-HAVE-RUN and lost nothing: {self._history()}")
        without = self.source.run("migctl", "resolve", self.guest.uuid, "--resume", timeout=60)
        if without.code == 0 or any(copy.runs for copy in copies(self.guest.uuid)):
            raise Foul(f"resolve --resume needed no second word: {without.out}{without.err}")
        self.source.sh(f"migctl resolve {self.guest.uuid} --resume --even-if-it-runs-there", timeout=60)
        return "in doubt (MAY-HAVE-RUN), resumed by hand"

    def _gone(self, lost_host, may_end):
        """No copy, or one that does not run: accepted only with its reason."""
        found = copies(self.guest.uuid)
        if found and may_end != "pause":
            raise Foul(f"the guest does not run: {found}; {self._history()}")
        self._assert_clean(None)
        if may_end:
            return Verdict("ended, as it was told", None, self._history())
        if lost_host:
            self._assert_lost(lost_host)
            return Verdict("lost with its host", None, self._history())
        raise Foul(f"the guest is nowhere: {self._history()}")

    def _assert_lost(self, host):
        """The journal says that it went down with that host."""
        records = self.records(host)
        if host is self.source:
            good = any(entry.state == "lost" for entry in records) or \
                not records     # cut off before the move was begun
        else:
            good = any(entry.state in ("starting", "running", "forgotten")
                       and entry.fields.get("boot") != boot_id(host) for entry in records)
        if not good:
            raise Foul(f"the journal of {host}, which lost the guest, does not say so: {self._history()}")

    def _assert_well(self, copy, stock, restarts):
        now = self.guest.counter()
        if now < self.counter and not restarts:
            raise Foul(f"the guest's counter went back from {self.counter} to {now}")
        self.guest.assert_goes_on(now)
        self.guest.assert_intact()
        if self.guest.has_disk and not self.guest.ask("disk verify").startswith("ok "):
            raise Foul("the guest's disk is not what it wrote")
        dump = copy.host.xen_domains()[copy.domid]
        if dump["log_dirty"]:
            raise Foul("the guest is left in log-dirty mode")
        if dump["max_pages"] != self.guest.max_pages and not stock:
            raise Foul(f"the guest's limit of memory was {self.guest.max_pages} pages and is {dump['max_pages']}")

    def _assert_clean(self, copy):
        """Nothing is left anywhere but the guest's own."""
        left = {}

        def clean():
            left.clear()
            left.update({host.name: strange for host, strange in at_each(lambda host: strangers(
                host, self.baseline[host], copy if copy and copy.host is host else None, self.guest.uuid)) if strange})
            return not left
        try:
            await_(clean, CLEAN_S, "", pause=0.8)
        except AssertionError:
            raise Foul(f"left behind: {left}; {self._history()}") from None


# ---- leftovers ----

ROOTS = ("/vm", "/libxl", "/local/domain/0/backend", "/local/domain/0/device", "/local/domain/0/device-model")
PROCESSES = "ps -eo args | grep -E '^(migctl|xl |xl$|/usr/sbin/xl|/usr/lib/xen[^ ]*/bin/(libxl-save|xl)|" \
            "/bin/bash /etc/xen/scripts|/bin/sh /etc/xen/scripts)' | grep -v '^xl list'"


def processes(host):
    """What belongs to a move and lives."""
    # The stock receiver stays as the monitor of the guest that came to it.
    return sorted(line for line in host.run(PROCESSES).out.splitlines()
                  if not re.fullmatch(r"(\S*/)?xl migrate-receive", line))


def baseline(host):
    """Everything at a host without guests."""
    found = Look(host).everything()
    found["processes"] = processes(host)
    return found


def is_own(path, domid, uuid):
    """Is a node of xenstore one of the domain's?"""
    places = (f"/local/domain/{domid}", f"/libxl/{domid}", f"/vm/{uuid}")
    return any(path == place or path.startswith(place + "/") for place in places) or \
        bool(re.match(rf"/local/domain/0/backend/[^/]+/{domid}(/|$)", path))


def strangers(host, before, copy, uuid):
    """kind -> what is at @host that neither was before nor belongs to @copy, the guest's domain there or None."""
    now = baseline(host)
    vif = f"vif{copy.domid}." if copy else "\0"
    own = {
        "domains": lambda name: copy and name == f"{copy.domid} {copy.name}",
        "xenstore nodes": lambda path: path in ROOTS or copy and is_own(path, copy.domid, uuid),
        "network devices": lambda name: name.startswith(vif),
        "bridge ports": lambda name: name.startswith(vif),
        # Dom0's own is written anew at each boot.
        "userdata": lambda name: name.startswith("userdata-d.0.") or copy and uuid in name,
    }
    strange = {}
    for kind, things in now.items():
        if kind == "processes":
            extra = list(things)
            for line in before[kind]:
                if line in extra:
                    extra.remove(line)
            # The one that reacts to the guest's end.
            extra = [line for line in extra if not (copy and re.match(r"(\S*/)?xl create ", line))]
            missing = [line for line in before[kind] if things.count(line) < before[kind].count(line)]
        else:
            extra = [thing for thing in things - before[kind] if not own.get(kind, lambda _: False)(thing)]
            missing = [thing for thing in before[kind] - things if thing not in ROOTS]
        if extra:
            strange[kind] = sorted(extra)
        if missing:
            strange[f"{kind} gone"] = sorted(missing)
    return strange
