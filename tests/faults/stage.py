# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab as the cells find it, the guest that they share, and one cell's course."""

import time
from concurrent.futures import ThreadPoolExecutor


from rig import guests, hosts, patient
from lablib import kernels
from rig.hosts import ALPHA, HOSTS, SHARED, lab
from rig.moves import Move

import harm
import matrix
import referee
from referee import Foul

NAME = "faulty"
GUEST = {"mem": 128, "fill": 16, "dirty": 2}
DISK = "faulty-disk"     # what lies upon the shared one at each host, and can be held up
DISK_WRITES = 100        # a second
READY_LIMIT_S = patient(8)
SCRIPT_LIMIT_S = patient(20)     # a busy machine may need some of that
# The pause that cannot be had makes sure of more than one round.
OPTIONS = ("--downtime", 1, "--max-rounds", 3, "--outcome-timeout", patient(12), "--connect-timeout", patient(4),
           "--suspend-timeout", patient(8))
CELL_S = 60
POINT_S = patient(40)     # how long a move may take to come to its place
FAULTS = "/run/migctl/fault"


class Void(Foul):
    """The move did not come so far that the fault could be done: nothing is known of what follows it."""


class Stage:
    """Both hosts, ready for a cell; @pv: for PV guests."""

    def __init__(self, pv=False):
        self.pv = pv
        self.guest = None
        self.baseline = {}
        self.spoiled = False        # a cell was not accepted: start afresh

    # ---- hosts ----

    def set_up(self):
        """Everything as every cell expects it, whatever was there."""
        lab("up", "--mem", "4G", *["--shadow"] * self.pv, timeout=1200)
        hosts.require_test_build()
        for host in HOSTS:
            lab("heal", host.name)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(self._prepare, HOSTS))
            self.baseline = dict(zip(HOSTS, pool.map(referee.baseline, HOSTS)))

    def _prepare(self, host):
        """A host without guests and without a past."""
        afresh = f"rm -rf {referee.JOURNAL} /var/lib/migctl/fill*"
        host.sh("pkill -KILL -xf 'migctl live .*'; /sbin/tc qdisc del dev eth0 root 2>/dev/null; "
                f"{harm.SCRIPT_BACK}; dmsetup resume {DISK} 2>/dev/null; for d in $(xl list | awk '$2 + 0 > 0 {{print $2}}'); do xl destroy $d; done; "
                f"rm -rf {FAULTS} {referee.MARK}; "
                "find /var/lib/xen -name 'userdata-*' ! -name 'userdata-d.0.*' -delete; true")
        if host.run(f"/etc/lab/migctl stop && {afresh}").code:
            # The module cannot be unloaded: a session is left.
            host.lab.kill()
            lab("boot", host.name)
            host.sh(f"/etc/lab/migctl stop && {afresh}")
        self._adjust(host)
        host.sh("/etc/lab/migctl start")
        host.await_serve()
        time.sleep(patient(0.5))

    def _adjust(self, host):
        """What the lab's image does not have."""
        host.sh(f"grep -q ready-limit /etc/migctl/migctl.conf || "
                f"printf '\\nready-limit = {READY_LIMIT_S}\\nscript-limit = {SCRIPT_LIMIT_S}\\n' "
                f">>/etc/migctl/migctl.conf; mkdir -p {FAULTS}; modprobe sch_netem")
        kernel = kernels.kernel(hosts.options().get("kernel"))
        for module in ("inet_diag", "tcp_diag"):
            if host.run(f"grep -q ^{module} /proc/modules").code:
                host.lab.push(str(kernel.root / f"lib/modules/{kernel.release}/kernel/net/ipv4/{module}.ko"), "/run/")
                host.sh(f"insmod /run/{module}.ko")

    def boot(self, host):
        """Switch it on again; its journal is what it was."""
        if host.lab.pid():
            return
        lab("boot", host.name)
        self._adjust(host)
        host.sh("kill $(cat /run/migctl-serve.pid); sleep 0.3; "
                "setsid migctl serve </dev/null >>/var/log/migctl.log 2>&1 & echo $! >/run/migctl-serve.pid")
        host.await_serve()

    def reset(self):
        """After a cell that was not accepted."""
        for host in HOSTS:
            lab("heal", host.name)
            if not host.lab.pid():
                lab("boot", host.name)
        self.set_up()
        self.guest = None
        self.spoiled = False

    # ---- guest ----

    def living_guest(self, disk=False):
        """The guest that lived through the last cell, or a new one; with a disk or without."""
        if self.spoiled:
            self.reset()
        if self.guest and self.guest.has_disk != disk:
            guests.remove(self.guest)
            self.guest = None
        if not self.guest:
            self.guest = guests.create(ALPHA, NAME, **GUEST, kind="pv" if self.pv else "pvh",
                                        disk=self._disk() if disk else None)
        self.guest.has_disk = disk
        if disk:
            self.guest.ask(f"disk {DISK_WRITES}")
        return self.guest

    def _disk(self):
        """A disk that both hosts see as one and the same, and of which each can stop the I/O."""
        ALPHA.sh(f"head -c 1M /dev/urandom | dd of={SHARED} bs=1M conv=fsync 2>/dev/null")
        for host in HOSTS:
            # There is no udev that would make its node.
            host.sh(f"dmsetup info {DISK} >/dev/null 2>&1 || DM_DISABLE_UDEV=1 dmsetup create {DISK} "
                    f"--table \"0 $(blockdev --getsz {SHARED}) linear {SHARED} 0\"")
        return f"phy:/dev/mapper/{DISK},xvda,w"


class Cell:
    """One fault at one place of one move."""

    def __init__(self, stage, name):
        self.stage = stage
        self.name = name
        self.fault, _, self.place = name.partition("@")
        self.guest = stage.living_guest(self.fault in matrix.WITH_DISK)
        self.source = self.guest.host
        self.destination = self.source.other
        self.disk = DISK
        self.undo = []
        self.notes = []
        self.move = None
        self.lost_host = None
        self.may_end = False
        self.restarts = False
        self.stock = False
        self.codes_lie = False      # the exit code need not fit where the guest is
        self.killed_source = False
        self._helpers = self.destination.daemon_children()
        self.referee = referee.Referee(self.guest, self.source, stage.baseline)

    def expect(self, good, why):
        """What must be so for the cell to be one."""
        if not good:
            raise Void(f"the cell is void: {why}")

    @property
    def may_be_late(self):
        """A fault at a time, not a place, may find that the move is over."""
        return self.place[0].isdigit()

    def receivers(self):
        """The processes of the daemon at the destination that serve a connection."""
        found = [pid for pid in self.destination.daemon_children() if pid not in self._helpers]
        self.expect(found or self.may_be_late, "no process receives")
        return " ".join(found)

    # ---- its course ----

    def run(self):
        """(outcome, note); raises Foul or AssertionError."""
        try:
            self._course()
            verdict = self.referee.judge(lost_host=self.lost_host, may_end=self.may_end, stock=self.stock,
                                         restarts=self.restarts)
            self._check_code(verdict)
        finally:
            self.referee.watch.end()
            for step in reversed(self.undo):
                step()
            for host in HOSTS:
                if host.lab.pid():
                    host.run(f"rm -f {FAULTS}/*")
        if verdict.host is None:
            self._forget_guest()
        if self.lost_host:
            # Memory of the other one's boot: what it has without guests is as before.
            self.lost_host.await_serve()
        return verdict.outcome, "; ".join(self.notes + [verdict.note])

    def _course(self):
        kind = matrix.FAULTS[self.fault][0]
        harm = kind(self)
        if self.place == "start":
            next(harm)
            self._begin()
        elif self.may_be_late:
            self._begin()
            time.sleep(float(self.place.rstrip("s")))
            next(harm)
        else:
            holder = self.source if self.place in matrix.SOURCE else self.destination
            holder.sh(f"mkdir -p {FAULTS}; touch {FAULTS}/{self.place}")
            self._begin()
            self._await_reached(holder)
            next(harm)
            if holder.lab.pid():
                holder.sh(f"rm -f {FAULTS}/{self.place}")
        next(harm, None)
        if self.killed_source:
            self.move._process.kill()
        self.move.wait(CELL_S)

    def _begin(self):
        verify = ("--verify",) if self.fault == "flip-byte" or "digest" in self.fault else ()
        self.move = Move(self.guest, self.destination, *OPTIONS, *verify, source=self.source)

    def _await_reached(self, holder):
        there = f"[ -e {FAULTS}/{self.place}.reached ]"
        for _ in range(POINT_S // 2):
            # A point at the destination may be reached when migctl has ended at the source, a moment later.
            over = self.move.is_over()
            if holder.run(f"i=0; until {there} || [ $i -ge 40 ]; do sleep 0.05; i=$((i+1)); done; {there}").code == 0:
                return
            if over:
                break
        self.expect(False, f"{self.place} was not reached: {self.move.stderr if self.move.is_over() else ''}")

    def _check_code(self, verdict):
        """What migctl said of it is true."""
        if self.killed_source or self.codes_lie:
            return
        code = self.move.code
        self.notes.append(f"exit {code}: {'; '.join(self.move.complaints)[-300:]}")
        right = {0: (self.destination,), 1: (self.source,), 4: (self.source,), 6: (self.source,)}
        if code in right and not (verdict.host in right[code] or self.lost_host):
            raise Foul(f"migctl gave {code}, and the verdict is: {verdict.outcome}")
        if code not in (0, 1, 3, 4, 5, 6):
            raise Foul(f"migctl gave {code}: {self.move.stderr}")

    def _forget_guest(self):
        guests.remove(self.guest)
        self.stage.guest = None
