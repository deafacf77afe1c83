# SPDX-License-Identifier: GPL-2.0-or-later
"""What is done to a move: one generator a fault.

A fault is called when the place it is meant for has been reached, and does its
harm.  Where it yields, the place is left again; what follows the yield undoes
what has to be undone before the referee looks.  A fault may set on the cell
what the referee has to know: who lost its power, that the guest was told to
end, which exit codes say the truth.
"""

import subprocess
import time

from rig import await_, guests, patient
from rig.hosts import HOSTS, lab
import labnet

from packets import forge_fins

SHORT_CUT_S = 3
LONG_CUT_S = 24         # longer than the silence that is borne (10 s) and the ready limit (8 s) together
LOSS_S = 5
GUEST_TOLD_S = 8
SCRIPT = f"/etc/xen/scripts/{guests.JOIN}"
KEPT = "/run/script.kept"
SCRIPT_BACK = f"[ ! -e {KEPT} ] || mv {KEPT} {SCRIPT}"
FILL = "/var/lib/migctl/fill"


# ---- processes ----

def kill_live(cell):
    """SIGKILL to migctl at the source; there may be none any more, or none yet."""
    cell.source.run("pkill -KILL -xf 'migctl live .*'")
    cell.killed_source = True


def kill_source(cell):
    kill_live(cell)
    yield


def kill_receiver(cell):
    """SIGKILL to the process that receives, and only to it; the daemon lives."""
    cell.destination.sh(f"for p in {cell.receivers()}; do kill -KILL $p; done")
    yield


def stop_daemon(host):
    """SIGKILL to the daemon and all its processes at once."""
    host.sh("kill -KILL -$(cat /run/migctl-serve.pid)")


def start_daemon(host):
    """As a supervisor would."""
    host.sh("setsid migctl serve </dev/null >>/var/log/migctl.log 2>&1 & echo $! >/run/migctl-serve.pid")
    host.await_serve()


def kill_daemon(cell):
    stop_daemon(cell.destination)
    yield
    start_daemon(cell.destination)


def kill_both(cell):
    kill_live(cell)
    stop_daemon(cell.destination)
    yield
    start_daemon(cell.destination)


# ---- network ----

def cut(cell):
    lab("cut", cell.destination.name)
    cell.undo.append(lambda: lab("heal", cell.destination.name))


def heal(cell):
    lab("heal", cell.destination.name)


def cut_short(cell):
    cut(cell)
    yield
    time.sleep(SHORT_CUT_S)
    heal(cell)


def cut_long(cell):
    """Longer than every limit; then healed."""
    cut(cell)
    yield
    time.sleep(LONG_CUT_S)
    heal(cell)


def cut_for_ever(cell):
    """Judged while it is cut; then healed, because the lab has to go on."""
    cut(cell)
    yield
    cell.move.wait(55)
    time.sleep(1)
    cell.notes.append(f"while cut: {cell.referee.judge_now()}")
    heal(cell)


def fin(cell):
    """A FIN to both ends of the control connection."""
    cell.expect(forge_fins(HOSTS) == 2, "the connection said nothing that a FIN could follow")
    yield


def rst(cell):
    """Every connection of the source with the destination is reset, data connections too."""
    done = cell.source.sh("ss -HK dport = :8002")
    cell.expect("ESTAB" in done or cell.may_be_late, f"there was no connection to reset: {done}")
    yield


def loss(cell):
    """10 % of the packets are lost in either direction, and each takes 50 ms, for a while.

    By its path: the shell of dom0 would take the tc of busybox, which knows no netem.
    """
    for host in HOSTS:
        host.sh("/sbin/tc qdisc add dev eth0 root netem loss 10% delay 50ms")
        cell.undo.append(lambda h=host: h.run("/sbin/tc qdisc del dev eth0 root"))
    yield
    time.sleep(LOSS_S)
    for host in HOSTS:
        host.run("/sbin/tc qdisc del dev eth0 root")


# ---- hosts ----

def _off(cell, host):
    host.lab.kill()
    cell.referee.watch.power_cut = time.monotonic()
    cell.lost_host = host
    cell.undo.append(lambda: cell.stage.boot(host))
    yield
    if host is cell.source:
        cell.killed_source = True
    cell.stage.boot(host)


def off_source(cell):
    yield from _off(cell, cell.source)


def off_destination(cell):
    yield from _off(cell, cell.destination)


# ---- memory and disks ----

def host_full_there(cell):
    """A domain that does not run takes all but half of what the guest needs."""
    host = cell.destination
    host.sh("cat >/etc/xen/glutton.cfg",
            stdin='type = "pvh"\nname = "glutton"\nkernel = "/usr/lib/lab/vmlinux"\nvcpus = 1\n'
                  f"memory = {host.free_kib() // 1024 - cell.guest.mem // 2}\n")
    cell.undo.append(lambda: host.run("xl destroy glutton"))
    host.sh("xl create -p -q /etc/xen/glutton.cfg", timeout=180)
    yield
    cell.move.wait(40)
    host.sh("xl destroy glutton")


def _full(cell, host):
    cell.undo.append(lambda: host.run(f"rm -f {FILL}"))
    host.sh(f"dd if=/dev/zero of={FILL} bs=1M 2>/dev/null; dd if=/dev/zero bs=512 >>{FILL} 2>/dev/null; "
            f"! dd if=/dev/zero of={FILL}.2 bs=4k count=1 2>/dev/null; rm -f {FILL}.2")
    yield
    cell.move.wait(40)
    time.sleep(0.5)
    host.sh(f"rm -f {FILL}")


def full_disk_here(cell):
    yield from _full(cell, cell.source)


def full_disk_there(cell):
    yield from _full(cell, cell.destination)


def disk_stalls(cell):
    """What lies under the guest's disk answers nothing any more, until the move is over."""
    def go_on():
        cell.source.run("dmsetup", "resume", cell.disk)
    cell.source.sh(f"dmsetup suspend --noflush --nolockfs {cell.disk}")
    cell.undo.append(go_on)
    yield
    cell.move.wait(50)
    go_on()


# ---- in the module ----

def _module(cell, host, point):
    parameter = "/sys/module/xenmig/parameters/fault"
    host.sh(f"echo {point} >{parameter}")
    cell.undo.append(lambda: host.run(f"echo >{parameter}"))
    yield
    cell.move.wait(50)
    left = host.sh(f"cat {parameter}").strip()
    cell.expect(not left, f"the module's fault point {left} did not fire")


def flip_byte(cell):
    yield from _module(cell, cell.destination, "flip-byte")


def truncated_record(cell):
    yield from _module(cell, cell.source, "truncate-record")


def no_memory_here(what):
    """An allocation of the module fails at the source."""
    return lambda cell: _module(cell, cell.source, f"no-memory-{what}")


def no_memory_there(what):
    """An allocation of the module fails at the destination."""
    return lambda cell: _module(cell, cell.destination, f"no-memory-{what}")


# ---- hotplug scripts ----

def _script(cell, host, line):
    # Another file in its place: one that is being run cannot be written to.
    host.sh(f"cp -p {SCRIPT} {KEPT} && printf '#!/bin/sh\\n{line}\\n' >{SCRIPT}.new && chmod 755 {SCRIPT}.new && mv {SCRIPT}.new {SCRIPT}")
    cell.undo.append(lambda: host.run(SCRIPT_BACK))
    yield
    cell.move.wait(58)
    host.sh(SCRIPT_BACK)


def script_fails(cell):
    yield from _script(cell, cell.destination, "exit 1")


def script_hangs(cell):
    yield from _script(cell, cell.destination, "sleep 300")


def script_fails_here(cell):
    yield from _script(cell, cell.source, "exit 1")


def script_hangs_here(cell):
    yield from _script(cell, cell.source, "sleep 300")


# ---- people ----

def _cancel(cell, host):
    process = host.start("migctl", "cancel", cell.guest.uuid)
    time.sleep(patient(0.8))
    yield
    cell.expect(process.wait(patient(30)) in (0, 1, 6), f"migctl cancel gave {process.returncode}")
    cell.notes.append(f"cancel gave {process.returncode}: {process.stderr.read().strip()}")


def cancel(cell):
    """migctl cancel at the source."""
    yield from _cancel(cell, cell.source)


def cancel_there(cell):
    """migctl cancel at the destination."""
    yield from _cancel(cell, cell.destination)


def sigint(cell):
    """Ctrl-C."""
    cell.source.run("pkill -INT -xf 'migctl live .*'")
    yield


def sighup(cell):
    """The terminal is closed."""
    cell.source.run("pkill -HUP -xf 'migctl live .*'")
    yield


# ---- the guest ----

def _tell(cell, word):
    """The guest has to hear it, wherever it runs now."""
    def told():
        try:
            return labnet.call(cell.guest.ip, word, timeout=3) == "ok"
        except OSError:
            return False
    await_(told, GUEST_TOLD_S, f"the guest does not hear `{word}`", pause=0.2)
    cell.may_end = True
    cell.codes_lie = True
    yield


def shutdown(cell):
    yield from _tell(cell, "poweroff")


def reboot(cell):
    cell.restarts = True
    yield from _tell(cell, "reboot")


def crash(cell):
    yield from _tell(cell, "crash")


# ---- the stock tool ----

def xl_pause(cell):
    domid = cell.source.domid(cell.guest.name)
    cell.source.sh(f"xl pause {domid}")
    cell.undo.append(lambda: cell.source.run(f"xl unpause {domid}"))
    yield
    cell.move.wait(50)
    cell.source.run(f"xl unpause {domid}")


def xl_destroy(cell):
    cell.source.sh(f"xl destroy {cell.source.domid(cell.guest.name)}")
    cell.may_end = True
    cell.codes_lie = True
    yield


def xl_migrate(cell):
    """A stock `xl migrate` to the same host."""
    process = cell.source.start("xl", "migrate", "-s", "", cell.guest.name,
                                f"socat - TCP:{cell.destination.ip}:8003")
    cell.stock = True
    cell.codes_lie = True
    time.sleep(patient(0.7))
    yield
    cell.move.wait(50)
    try:
        process.wait(patient(110))      # by its pipe it takes as long as that on a busy machine
    except subprocess.TimeoutExpired:
        cell.source.run("pkill -xf 'xl migrate .*'")
        cell.expect(False, "xl migrate does not end")
    cell.notes.append(f"xl migrate gave {process.returncode}")
