# SPDX-License-Identifier: GPL-2.0-or-later
"""One emulated host: a QEMU process with Xen and a dom0 in it.

It has two network interfaces: eth0 on the bridge between the hosts, and eth1
on a user network of its own over which we enter it, so that cutting the former
never cuts us off.  Its root is RAM; /var/lib/migctl is a small disk that
survives a power cut.
"""

import json
import os
import shlex
import signal
import subprocess
import time

from . import devicemodel, image, kernels, namespace
from .command import LabError, patient, run, wait_for
from .place import STATE

BOOT_LIMIT_S = 180
DISK_MIB = 64
SHARED_DISK_MIB = 256
READY = "is ready"
# Hosts were seen whose network card took no packet from its ring any more, for good: the kick of a virtio queue was lost.
# With event indices none follows before 65,536 more; without them the next packet brings the next. Probably since QEMU
# leaves out memory barriers where there is one CPU, though another thread serves the devices; not looked up in its source.
KICKS = "event_idx=off"


class Host:
    """One of the lab's two hosts, whether it runs or not."""

    def __init__(self, name, number):
        self.name = name
        self.number = number
        self.ip = namespace.address(0, 10 + number)
        self.ssh_port = 2200 + number
        self.directory = STATE / name

    # ---- power ----

    def boot(self, options):
        """Switch it on; does not wait until it is up."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._make_disk()
        if self.console_log.exists():
            self.console_log.rename(self.previous_console_log)
        run(namespace.inside(self._qemu(options)), timeout=240,
            cure="see whether this machine has the memory (--mem)")

    def kill(self):
        """Cut its power."""
        self.leave()
        pid = self.pid()
        if pid:
            os.kill(pid, signal.SIGKILL)
            wait_for(lambda: not self.pid(), 30, f"{self.name} (process {pid}) does not die")
        self.pid_file.unlink(missing_ok=True)

    def pid(self):
        """The process of a running host, or None; never a stranger that got its number."""
        try:
            pid = int(self.pid_file.read_text())
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                words = f.read().split(b"\0")
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return None
        return pid if str(self.pid_file).encode() in words else None

    def wait_ready(self):
        """Wait until dom0 says that it is up, then open the connection for `execute`."""
        wait_for(self._said_ready, BOOT_LIMIT_S,
                 f"{self.name} is not up after {patient(BOOT_LIMIT_S)} s; see `lab log {self.name}`")
        self.open_connection()

    def _said_ready(self):
        if not self.pid():
            raise LabError(f"{self.name} switched itself off; see `lab log {self.name}`")
        return f"lab: {self.name} {READY}" in self.console_text()

    def console_text(self, previous=False):
        try:
            return (self.previous_console_log if previous else self.console_log).read_text(errors="replace")
        except FileNotFoundError:
            return ""

    @property
    def console_log(self):
        return self.directory / "console.log"

    @property
    def previous_console_log(self):
        """What it said in the life before this one, until it was killed or crashed."""
        return self.directory / "console.previous.log"

    @property
    def pid_file(self):
        return self.directory / "qemu.pid"

    @property
    def disk(self):
        return self.directory / "disk.img"

    def _make_disk(self):
        if self.disk.exists():
            return
        half = self.disk.with_suffix(".new")
        with open(half, "wb") as f:
            f.truncate(DISK_MIB << 20)
        run(["mkfs.ext4", "-q", "-F", "-L", self.name, str(half)])
        half.rename(self.disk)

    def _qemu(self, options):
        kernel = kernels.kernel(options.get("kernel"))
        memory = devicemodel.MEMORY if options.get("hvm") else kernel.memory
        # A host that limps on after an oops makes tests hang; one that is off says so at once.
        kernel_words = (f"console=hvc0 {kernel.words} oops=panic lab.host={self.name} lab.ip={self.ip} "
                        f"lab.time={int(time.time())}")
        return [
            "qemu-system-x86_64", "-name", f"xenmig-{self.name}", "-nodefaults", "-display", "none",
            "-accel", "tcg,thread=multi,tb-size=256", "-cpu", "qemu64,+svm,+npt",
            "-m", options["mem"], "-smp", str(options["smp"]), "-no-reboot",
            *(["-mem-prealloc"] if options.get("steady") else []),
            "-kernel", options["xen"], "-append",
            # Not scrubbed, memory that no guest uses costs this machine nothing.
            f"console=com1 com1=115200,8n1 dom0_mem={memory},max:{memory} bootscrub=off"
            + ("" if options.get("steady") else " loglvl=all guest_loglvl=all"),
            "-initrd", f"{kernel.vmlinux} {kernel_words},{STATE / 'initrd'}",
            "-serial", f"file:{self.console_log}",
            *self._disk_options(), *self._network_options(),
            "-monitor", f"unix:{self.directory / 'monitor'},server=on,wait=off",
            "-daemonize", "-pidfile", str(self.pid_file),
        ]

    def _disk_options(self):
        """Its own disk as vda; vdb is one disk that both hosts see, as on a storage network."""
        return ["-drive", f"if=none,id=own,format=raw,cache=writeback,file={self.disk}",
                "-device", f"virtio-blk-pci,drive=own,addr=5,{KICKS}",
                "-drive", f"if=none,id=shared,format=raw,cache=writeback,file.locking=off,file={shared_disk()}",
                "-device", f"virtio-blk-pci,drive=shared,share-rw=on,addr=6,{KICKS}"]

    def _network_options(self):
        mac = f"52:54:00:4c:%02x:{self.number:02x}"
        return ["-netdev", f"tap,id=uplink,ifname={namespace.tap(self.name)},script=no,downscript=no",
                "-device", f"virtio-net-pci,netdev=uplink,mac={mac % 0},romfile=,addr=3,{KICKS}",
                "-netdev", f"user,id=management,restrict=on,hostfwd=tcp:127.0.0.1:{self.ssh_port}-:22",
                "-device", f"virtio-net-pci,netdev=management,mac={mac % 1},romfile=,addr=4,{KICKS}"]

    # ---- entering it ----

    def open_connection(self):
        """One connection that every later command shares, so that each costs little."""
        if self.connected():
            return
        self._ssh_socket.unlink(missing_ok=True)
        run(namespace.inside(self._ssh(
            "-M", "-N", "-f", "-o", "ControlPersist=yes", "-o", "StrictHostKeyChecking=no",
            "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "BatchMode=yes",
            "-o", "ConnectTimeout=20", "-o", "ServerAliveInterval=20", "-o", "ServerAliveCountMax=6",
            "-i", str(image.base(image.kernel_release()) / "key"), "-p", str(self.ssh_port))), timeout=60,
            cure=f"see `lab log {self.name}`")

    def connected(self):
        return self._ssh_socket.exists() and not subprocess.run(
            self._ssh("-O", "check"), capture_output=True, timeout=10, check=False).returncode

    def leave(self):
        """Close the shared connection."""
        if self._ssh_socket.exists():
            subprocess.run(self._ssh("-O", "exit"), capture_output=True, timeout=10, check=False)
            self._ssh_socket.unlink(missing_ok=True)

    @property
    def _ssh_socket(self):
        return self.directory / "ssh"

    def _ssh(self, *options):
        return ["ssh", "-F", "none", "-S", str(self._ssh_socket), *options, "root@127.0.0.1"]

    def shell_argv(self, words):
        """The command line that runs @words there: one word is a shell's line, several are an exact argv."""
        if not self.pid():
            raise LabError(f"{self.name} is not running; start it with `lab boot {self.name}`")
        if not self._ssh_socket.exists():
            self.open_connection()
        line = words[0] if len(words) == 1 else shlex.join(words)
        return self._ssh("-T", "-o", "LogLevel=ERROR") + [line]

    def execute(self, *words, timeout=60, stdin=None):
        """Run a command on the host and return its output."""
        return run(self.shell_argv(words), timeout=timeout, stdin=stdin)

    def push(self, source, destination):
        """Copy a file or a directory of this machine to the host."""
        self._check_local(source)
        if os.path.isdir(source):
            self._pipe(f"tar -C {shlex.quote(source)} -c .",
                       f"mkdir -p {shlex.quote(destination)} && tar -C {shlex.quote(destination)} -x", into=True)
            return
        quoted = shlex.quote(self._file_destination(source, destination))
        mode = format(os.stat(source).st_mode & 0o777, "o")
        self._pipe(f"cat {shlex.quote(source)}",
                   f"cat >{quoted}.part && chmod {mode} {quoted}.part && mv {quoted}.part {quoted}", into=True)

    def _file_destination(self, source, destination):
        is_directory = destination.endswith("/") or self.execute(
            f"[ -d {shlex.quote(destination)} ] && echo yes || true").strip() == "yes"
        return os.path.join(destination, os.path.basename(source)) if is_directory else destination

    def pull(self, source, destination):
        """Copy a file or a directory of the host to this machine."""
        if self.execute(f"[ -d {shlex.quote(source)} ] && echo yes || true").strip() == "yes":
            os.makedirs(destination, exist_ok=True)
            self._pipe(f"tar -C {shlex.quote(destination)} -x", f"tar -C {shlex.quote(source)} -c .", into=False)
            return
        if os.path.isdir(destination):
            destination = os.path.join(destination, os.path.basename(source))
        self._pipe(f"cat >{shlex.quote(destination)}", f"cat {shlex.quote(source)}", into=False)

    @staticmethod
    def _check_local(path):
        if not os.path.exists(path):
            raise LabError(f"{path} does not exist on this machine")

    def _pipe(self, here, there, *, into):
        remote = shlex.join(self.shell_argv([there]))
        line = f"{here} | {remote}" if into else f"{remote} | {here}"
        run(["bash", "-o", "pipefail", "-c", line], timeout=600)

    # ---- what it is doing ----

    def status(self):
        """A dictionary for `lab status`."""
        pid = self.pid()
        state = {"host": self.name, "ip": self.ip, "pid": pid, "running": bool(pid)}
        if pid:
            state["network"] = "plugged" if namespace.plugged(self.name) else "cut"
            state["ready"] = self._said_ready()
        if state.get("ready"):
            state.update(self._status_inside())
        return state

    def _status_inside(self):
        try:
            return {"domains": self._domains(),
                    "module": "xenmig " in self.execute("cat /proc/modules"),
                    "serve": bool(self.execute("pidof migctl || true").strip()),
                    "answers": True}
        except LabError:
            return {"answers": False}

    def _domains(self):
        return [domain["config"]["c_info"].get("name", "?")
                for domain in json.loads(self.execute("xl list -l"))
                if domain["domid"] != 0]


def shared_disk():
    return STATE / "shared.img"


def make_shared_disk():
    with open(shared_disk(), "ab") as f:
        f.truncate(SHARED_DISK_MIB << 20)


HOSTS = {name: Host(name, number) for number, name in enumerate(("alpha", "beta"), start=1)}
