# SPDX-License-Identifier: GPL-2.0-or-later
"""The two hosts of the lab, as the tests see them."""

import json
import re
import subprocess
import sys
import threading
import time
from typing import NamedTuple

from . import LAB, await_, ledger, patient
from lablib import host as lab_host
from lablib import namespace
from lablib.place import STATE

# A line for each domain: dom0/domains.c.
DOMAINS = "/usr/lib/lab/domains"
# Gives a command that was run without a shell its place in a bounded time.
SLOW = 120


class Result(NamedTuple):
    """How a command ended."""
    code: int
    out: str
    err: str


class Host:
    """One host; commands run in its dom0."""

    def __init__(self, name):
        self.name = name
        self.lab = lab_host.HOSTS[name]
        self.ip = self.lab.ip
        self._said = {}

    def __repr__(self):
        return self.name

    @property
    def other(self):
        return BETA if self.name == "alpha" else ALPHA

    def run(self, *words, timeout=SLOW, stdin=""):
        """Run a command (one word: a shell's line) and return how it ended, whatever that was."""
        with ledger.spent(kind_of(words)):
            done = subprocess.run(self.lab.shell_argv(words), input=stdin, capture_output=True, text=True,
                                  errors="replace", timeout=patient(timeout), check=False)
        return Result(done.returncode, done.stdout, done.stderr)

    def sh(self, line, timeout=SLOW, stdin=""):
        """The output of a shell's line that must succeed."""
        done = self.run(line, timeout=timeout, stdin=stdin)
        assert done.code == 0, f"{self.name}: `{line}` gave {done.code}: {done.err.strip() or done.out.strip()}"
        return done.out

    def start(self, *words, stdin=subprocess.DEVNULL):
        """A command that runs on."""
        return subprocess.Popen(self.lab.shell_argv(words), stdin=stdin, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, errors="replace")

    # ---- what is there ----

    def domains(self):
        """name -> domid of every domain but dom0; `(null)` is one that is dying and cannot go."""
        return dict(parse_names(self.sh(DOMAINS)))

    def domain_list(self):
        """One dictionary for each domain but dom0, by xl."""
        return parse_domains(self.sh("xl list"))

    def domid(self, name):
        """The id of the domain of that name, or None."""
        return self.domains().get(name)

    def affinities(self, domid):
        """What the vCPUs of a domain are bound to, each as xl shows it: `all / 0`, hard and soft."""
        lines = self.sh(f"xl vcpu-list {domid}").splitlines()[1:]
        return [" / ".join(re.search(r"(\S+) / (\S+)$", line.strip()).groups()) for line in lines]

    def uuid(self, domid):
        return self.sh(f"xenstore-read /local/domain/{domid}/vm").strip().removeprefix("/vm/")

    def store(self, path):
        """A node of xenstore, or None."""
        done = self.run("xenstore-read", path)
        return done.out.rstrip("\n") if done.code == 0 else None

    def free_kib(self):
        """Free memory of the hypervisor, by the hypervisor's own account."""
        info = dict(re.findall(r"^(\w+)\s*: (\d+)$", self.sh("xl info"), re.MULTILINE))
        return int(info["free_memory"]) * 1024

    def meminfo(self):
        """dom0's own memory, in KiB."""
        return {key: int(value) for key, value in
                re.findall(r"^(\w+):\s+(\d+) kB$", self.sh("cat /proc/meminfo"), re.MULTILINE)}

    def xen_says(self, key, start, end):
        """What the hypervisor prints for a debug key, between two lines that it begins and ends with."""
        self.sh(f"xl debug-keys {key}")

        def output():
            text = self.sh("xl dmesg")
            said = text.rsplit(start, 1)[-1]
            # The ring forgets what is old, so a dump may also have pushed an earlier one out.
            return said if text.count(start) and end in said and said != self._said.get(key) else None
        self._said[key] = await_(output, 20, f"{self.name}: Xen says nothing to the debug key {key}")
        return self._said[key].split(end)[0]

    def xen_domains(self):
        """domid -> what Xen's own dump of all domains has of it."""
        found, domain = {}, {}
        for line in self.xen_says("q", "'q' pressed -> dumping domain info", "Shared frames").splitlines():
            match = re.search(r"General information for domain (\d+):", line)
            if match:
                domain = found[int(match[1])] = {"log_dirty": False, "dying": False}
            match = re.search(r"nr_pages=(\d+) .* max_pages=(\d+)", line)
            if match:
                domain.update(pages=int(match[1]), max_pages=int(match[2]))
            if "paging assistance:" in line and "log_dirty" in line:
                domain["log_dirty"] = True
            if re.search(r"refcnt=\d+ dying=[12]", line):
                domain["dying"] = True
        return found

    # ---- our own parts ----

    @ledger.counts_as("module and daemon put in again")
    def restart_parts(self):
        """Module and daemon out and in again: nothing of an earlier test is left in them."""
        self.sh("/etc/lab/migctl stop; /etc/lab/migctl start")
        self.await_serve()

    def await_serve(self):
        """Wait until the daemon listens."""
        await_(lambda: ":8002 " in self.sh("ss -Hltn"), 20, f"{self.name}: nothing listens at port 8002", pause=0.2)

    def daemon_children(self):
        """The processes of the daemon, each number as text."""
        return self.run("pgrep -P $(cat /run/migctl-serve.pid)").out.split()

    def clear_remains(self, name):
        """Destroy what is there under that name, for tests that clean up; what xl says when it does not."""
        complaints = []
        for known in (name, f"{name}--incoming"):
            if self.domid(known) is not None:
                done = self.run("xl", "destroy", known)
                if done.code:
                    complaints.append(f"`xl destroy {known}` gave {done.code}: {done.err.strip()}")
        return complaints

    # ---- for reports ----

    def impossible_states(self):
        """How many vCPUs of guests Xen has shown here in its own code segment (Documentation/testing.rst)."""
        return len(re.findall(r"RIP: +e008:.*\n.*CONTEXT: hvm guest", self.lab.console_text()))

    def last_words(self):
        """What explains a failure: name of the part -> text."""
        parts = {
            "migctl serve": "tail -n 25 /var/log/migctl.log",
            "kernel": "dmesg | tail -n 25",
            "consoles of guests": "for f in /var/log/xen/console/guest-*.log; do echo \"$f:\"; tail -n 20 $f; done",
            "xl list": "xl list",
            "migctl status": "migctl status",
            # A guest that crashed takes two dozen lines; those of states saved and loaded are no news.
            "Xen": "xl dmesg | grep -vE 'HVM ?d?[0-9v]+ (save|restore): ' | tail -n 40",
        }
        words = {}
        for part, line in parts.items():
            try:
                done = self.run(line, timeout=20)
                words[part] = (done.out + done.err).strip()
            except Exception as error:      # a report must not fail for want of a part of it
                words[part] = f"(cannot be had: {error})"
        return words


class Lines(threading.Thread):
    """Collects the lines of a stream, with the time at which each came."""

    def __init__(self, stream):
        super().__init__(daemon=True)
        self.stream = stream
        self.lines = []
        self.start()

    def run(self):
        for line in self.stream:
            self.lines.append((time.monotonic(), line.rstrip("\n")))
        self.stream.close()

    def text(self):
        return "\n".join(line for _, line in self.lines)


def kind_of(words):
    """What a command on a host counts as in the account of time."""
    tool = words[0].split(None, 1)[0].rpartition("/")[2]
    return f"{tool} on a host" if tool in ("migctl", "xl", "sleep") else "other commands on a host"


def parse_names(text):
    """(name, domid) of the lines of dom0/domains.c but dom0's."""
    lines = [line.split(None, 4) for line in text.splitlines()]
    return [(name, int(domid)) for domid, _, _, _, name in lines if int(domid)]


def parse_domains(text):
    """The lines of `xl list` but dom0's."""
    found = []
    for line in text.splitlines()[1:]:
        # A name may hold blanks: read from the right.
        name, domid, mem, vcpus, state, seconds = line.rsplit(None, 5)
        if int(domid):
            found.append({"name": name.strip(), "domid": int(domid), "mem": int(mem), "vcpus": int(vcpus),
                          "state": state, "seconds": float(seconds)})
    return found


VERBS = {"up": "hosts boot", "boot": "hosts boot", "down": "hosts boot", "guest": "guests boot"}


def lab(*words, timeout=600):
    """One verb of the lab tool; its output."""
    with ledger.spent(VERBS.get(words[0], "other verbs of the lab")):
        done = subprocess.run([sys.executable, str(LAB), *words], capture_output=True, text=True,
                              timeout=patient(timeout), stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, f"`lab {' '.join(words)}` gave {done.returncode}: {done.stderr.strip()}"
    return done.stdout


def install(*options):
    """Our own parts, built and put in service on both hosts."""
    lab("install", *options, timeout=1200)
    for host in HOSTS:
        host.await_serve()


def require_test_build():
    """Most tests let something go wrong, which only a build with fault points can be told."""
    assert not options().get("shipped"), "the lab that runs has the build that is shipped, which has no fault points: " \
        "put the other one in service by `lab install --no-shipped`"


def inside(*words, timeout=60):
    """The output of a command run in the lab's namespace, outside both hosts."""
    done = subprocess.run(namespace.inside(list(words)), capture_output=True, text=True, timeout=patient(timeout),
                          check=False)
    assert done.returncode == 0, f"`{' '.join(words)}` gave {done.returncode}: {done.stderr.strip()}"
    return done.stdout


def is_up():
    return (STATE / "options.json").exists() and all(host.lab.pid() for host in HOSTS)


def impossible_states():
    """The same of both hosts; 0 when there is no lab."""
    return sum(host.impossible_states() for host in HOSTS) if is_up() else 0


def options():
    """What the lab was started with."""
    return json.loads((STATE / "options.json").read_text())


ALPHA = Host("alpha")
BETA = Host("beta")
HOSTS = (ALPHA, BETA)
SHARED = "/dev/vdb"     # a disk that both hosts see, as on a storage network


def write_shared():
    """Put something on the shared disk that tells it from any other: a serial number it has not."""
    ALPHA.sh(f"dd if=/dev/urandom of={SHARED} bs=1M count=8 seek=8 conv=fsync 2>/dev/null")
    for place in range(1, 32):
        ALPHA.sh(f"head -c 512 /dev/urandom | dd of={SHARED} bs=512 seek={place * 16384} conv=notrunc,fsync 2>/dev/null")
