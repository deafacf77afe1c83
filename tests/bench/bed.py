# SPDX-License-Identifier: GPL-2.0-or-later
"""The test bed: both hosts with what the bench runs in them, and one guest at a time."""

import json
import select
import subprocess
import time

from rig import REPOSITORY, await_, guests, hosts
from rig.hosts import HOSTS, inside, lab
from lablib import namespace

PROGRAMS = REPOSITORY / "build/bench"
PLACE = "/run/bench"            # where they lie in a dom0
IPERF_PORT = 5201
DOM0_MIB = 1024
DOM0_HVM_MIB = 1600             # what the lab gives it beside device models
ROOM_MIB = 768                  # for Xen itself and for tables of guests
# Kinds of hosts, by the name under which the results have what was measured on them.
# What is measured is what is shipped.
KINDS = {"one_cpu": {"smp": 1, "hvm": False, "shipped": True}, "two_cpus": {"smp": 2, "hvm": False, "shipped": True},
         "hvm": {"smp": 1, "hvm": True, "shipped": True}}
SETTLE_S = 1.5
ANSWER_S = 120
RUN_S = 600
# A guest leaves so much of its memory unfilled: its kernel must be able to work.
SPARE_MIB, SPARE_LARGE_MIB, LARGE_MIB = 16, 32, 1024


class Witness:
    """The resident witness in a host's dom0 (witness.c)."""

    def __init__(self, host):
        self.host = host
        self._process = subprocess.Popen(host.lab.shell_argv([f"{PLACE}/witness", PLACE]), stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def ask(self, *words):
        """One question; the answer's dictionary."""
        return self._answer_to(" ".join(map(str, words)), ANSWER_S)

    def run(self, *words):
        """Run a command and return the seconds it took; it must succeed."""
        line = "\t".join(map(str, ("run", *words)))
        answer = self._answer_to(line, RUN_S)
        assert answer["status"] == 0, f"{self.host}: `{' '.join(map(str, words))}` gave {answer['status']}: {self._said()}"
        return answer["seconds"]

    def output(self):
        """What the last command printed."""
        return self.host.sh(f"cat {PLACE}/out")

    def _said(self):
        return self.host.sh(f"tail -c 600 {PLACE}/err; tail -c 300 {PLACE}/out").strip()

    def _answer_to(self, line, limit):
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        assert select.select([self._process.stdout], [], [], limit)[0], \
            f"{self.host}: no answer to `{line}` after {limit} s"
        line = self._process.stdout.readline()
        assert line, f"{self.host}: the witness has ended"
        answer = json.loads(line)
        assert "error" not in answer, f"{self.host}: {answer['error']}"
        return answer

    def delay(self):
        """Seconds from a question to what it makes happen: half of the shortest of some round trips."""
        trips = []
        for _ in range(5):
            began = time.time()
            self.ask("look")
            trips.append(time.time() - began)
        return min(trips) / 2

    def end(self):
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._process.stdout.close()


class Bed:
    """The lab, with its guest."""

    def __init__(self, largest):
        self.largest = largest
        self.witnesses = {}
        self.guest = None
        self.hosts = None
        self.was_up = hosts.is_up()

    # ---- hosts ----

    def set_up(self, kind):
        """Both hosts of that kind, our programs in them; a lab that runs already must be such."""
        wanted = KINDS[kind]
        if hosts.is_up() and any((hosts.options().get(key) or False) != value for key, value in wanted.items()):
            assert not self.was_up, f"the lab that runs was started with {hosts.options()} and not with {wanted}; take it down"
            self.down()
        memory = (DOM0_HVM_MIB if wanted["hvm"] else DOM0_MIB) + self.largest + ROOM_MIB
        lab("up", "--steady", "--shipped", "--smp", str(wanted["smp"]), "--mem", f"{memory}M",
            *(["--hvm"] if wanted["hvm"] else []), timeout=1200)
        self.hosts = kind
        done = subprocess.run(["make", "-s", "-C", str(REPOSITORY / "tests/bench")], capture_output=True, text=True,
                              check=False)
        assert done.returncode == 0, f"the bench's programs cannot be built: {done.stderr}"
        for host in HOSTS:
            self._furnish(host)
        hosts.write_shared()

    def _furnish(self, host):
        host.sh(f"mkdir -p {PLACE}; kill $(cat {PLACE}/*.pid 2>/dev/null) 2>/dev/null; "
                "for d in $(xl list | awk '$2 + 0 > 0 {print $2}'); do xl destroy $d; done; true")
        for program in ("witness", "libxl-peer"):
            host.lab.push(str(PROGRAMS / program), f"{PLACE}/{program}")
        host.sh(f"iperf3 -s -D -p {IPERF_PORT} -I {PLACE}/iperf3.pid")
        host.await_serve()
        self._summon(host)

    def _summon(self, host):
        """A witness of its own for @host, in place of one that may still be busy."""
        if host in self.witnesses:
            self.witnesses.pop(host).end()
        self.witnesses[host] = Witness(host)

    def down(self):
        """Take the lab down, and what holds on to it."""
        for witness in self.witnesses.values():
            witness.end()
        self.witnesses = {}
        self.guest = None
        hosts.lab("down")

    def leave(self):
        """The end: a lab that was found up stays so."""
        if not self.was_up:
            self.down()
        elif self.guest:
            guests.remove(self.guest)

    def reset(self):
        """After a run that failed: nothing of it is left."""
        try:
            if self.guest:
                guests.remove(self.guest)
            self.guest = None
            for host in HOSTS:
                self._summon(host)
                host.restart_parts()
        except Exception:       # whatever it was, power is what helps
            self.down()
            self.was_up = False
            self.set_up(self.hosts)

    # ---- the guest ----

    def guest_of(self, mem, afresh=False, name=None, **options):
        """The guest of that size (and name); the one that is there when it is such, unless it must be a new one."""
        name = f"bench-{name or mem}"
        if self.guest and (afresh or (self.guest.mem, self.guest.name) != (mem, name)):
            self.forget()
        if not self.guest:
            options = options or {"spare": SPARE_MIB if mem < LARGE_MIB else SPARE_LARGE_MIB}
            self.guest = guests.create(HOSTS[0], name, mem=mem, script=None, **options)
            # Whoever pings it knows where it is: an entry that expires in the pause would lengthen it by a second.
            inside("ip", "neigh", "replace", self.guest.ip, "lladdr", self.guest.mac, "dev", namespace.BRIDGE,
                   "nud", "permanent")
            time.sleep(SETTLE_S)
        return self.guest

    def forget(self):
        """Remove the guest: the next one is another."""
        guests.remove(self.guest)
        self.guest = None

    def settle(self):
        """Wait until the guest is at one host and answers, and what went before has ebbed away."""
        await_(lambda: len(self.guest.hosts()) == 1, 30, lambda: f"{self.guest} is at {self.guest.hosts()}", pause=0.3)
        await_(lambda: self.guest.ask("echo here") == "here", 30, f"{self.guest} does not answer", pause=0.2)
        time.sleep(SETTLE_S)
