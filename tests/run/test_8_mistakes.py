# SPDX-License-Identifier: GPL-2.0-or-later
"""Mistakes get one clear sentence and the right exit code, and the guest does not notice."""

import contextlib
import re
import subprocess

import pytest
from lablib import image, lifecycle
from rig import await_
from rig.cases import long
from rig.complaint import CANCELLED, ENDED, FAILED, REFUSED, USAGE, Complaint
from rig.guests import light
from rig.hosts import ALPHA, BETA
from rig.imposter import hello, peer
from rig.moves import Move, move
from rig.traces import await_unchanged, look_around


# ---- what is wrong, while it is wrong ----

@contextlib.contextmanager
def nothing_wrong(guest):
    yield


@contextlib.contextmanager
def domain_there(settings, memory=80):
    """A domain at beta that does not run; made of a line of settings."""
    text = f'type = "pvh"\nkernel = "/usr/lib/lab/vmlinux"\nmemory = {memory}\nvcpus = 1\n{settings}\n'
    BETA.sh("cat >/etc/xen/in-the-way.cfg", stdin=text)
    BETA.sh("xl create -p -q /etc/xen/in-the-way.cfg", timeout=180)
    name = re.search(r'name = "([^"]*)"', settings)[1]
    try:
        yield
    finally:
        BETA.sh(f"xl destroy {name}")


def same_name_there(guest):
    return domain_there(f'name = "{guest.name}"')


def same_uuid_there(guest):
    return domain_there(f'name = "twin"\nuuid = "{guest.uuid}"')


def beta_is_full(guest):
    """All of beta's memory but half of what the guest needs is taken."""
    return domain_there('name = "glutton"', memory=BETA.free_kib() // 1024 - guest.mem // 2)


@contextlib.contextmanager
def bridge_missing_there(guest):
    """The guest has an interface on a bridge that only alpha has."""
    ALPHA.sh("ip link add onlyhere type bridge && ip link set onlyhere up")
    try:
        ALPHA.sh(f"xl network-attach {guest.name} mac=00:16:3e:4d:00:01 bridge=onlyhere")
        device = await_(lambda: detail(ALPHA, guest, "vif", 1), 10, "no second interface")
        try:
            yield
        finally:
            ALPHA.sh(f"xl network-detach {guest.name} {device}")
            await_(lambda: not detail(ALPHA, guest, "vif", 1), 20, "the second interface does not go")
    finally:
        ALPHA.sh("ip link del onlyhere")


@contextlib.contextmanager
def tpm_attached(guest):
    """The backend directory of a TPM, as a toolstack writes it; nobody serves it."""
    back = f"/local/domain/0/backend/vtpm/{guest.domid()}"
    ALPHA.sh(f"xenstore-write {back}/0/frontend-id {guest.domid()} {back}/0/state 1")
    try:
        yield
    finally:
        ALPHA.sh(f"xenstore-rm {back}; xenstore-rm /local/domain/0/backend/vtpm")


def detail(host, guest, kind, number):
    """The device's number when the guest has it."""
    return host.store(f"/local/domain/0/backend/{kind}/{guest.domid()}/{number}/mac") and str(number)


def module_missing(host):
    @contextlib.contextmanager
    def wrong(guest):
        host.sh("rmmod xenmig")
        try:
            yield
        finally:
            host.restart_parts()
    return wrong


@contextlib.contextmanager
def daemon_missing(guest):
    BETA.sh("kill $(cat /run/migctl-serve.pid)")
    await_(lambda: ":8002 " not in BETA.sh("ss -Hltn"), 20, "the daemon does not end")
    try:
        yield
    finally:
        BETA.restart_parts()


@contextlib.contextmanager
def paused(guest):
    ALPHA.sh(f"xl pause {guest.name}")
    try:
        yield
    finally:
        ALPHA.sh(f"xl unpause {guest.name}")


@contextlib.contextmanager
def encryption_wanted(guest):
    """The source's configuration does not allow plain TCP."""
    ALPHA.sh("mv /etc/migctl/migctl.conf /etc/migctl/aside")
    try:
        yield
    finally:
        ALPHA.sh("mv /etc/migctl/aside /etc/migctl/migctl.conf")


def an_imposter(words):
    """A peer that is not one: the move goes there instead of to beta."""
    @contextlib.contextmanager
    def wrong(guest):
        with peer(words) as place:
            yield place
    return wrong


# ---- the table ----

# what is wrong: (what makes it so, the command line, exit code, words the sentence must have)
# {guest} and {place} are filled in; a line without `migctl` is for the shell.
MISTAKES = {
    "no such domain": (nothing_wrong, "migctl live nosuch beta", REFUSED, ["nosuch", "no domain"]),
    "domain 0": (nothing_wrong, "migctl live 0 beta", REFUSED, ["Domain 0"]),
    "domain 0 by its name": (nothing_wrong, "migctl live Domain-0 beta", REFUSED, ["Domain 0"]),
    "domain 0 by its UUID": (nothing_wrong, "migctl live 00000000-0000-0000-0000-000000000000 beta", REFUSED, ["Domain 0"]),
    "host unknown": (nothing_wrong, "migctl live {guest} nowhere.invalid", REFUSED, ["nowhere.invalid", "unknown"]),
    "nothing listens": (nothing_wrong, "migctl live {guest} beta:8999", REFUSED, ["beta", "8999", "listens"]),
    "daemon not started": (daemon_missing, "migctl live {guest} beta", REFUSED, ["beta", "8002", "listens"]),
    "host is off": (nothing_wrong, "migctl live {guest} 10.77.0.99 --connect-timeout 4", REFUSED, ["10.77.0.99"]),
    "host is this host": (nothing_wrong, "migctl live {guest} alpha", REFUSED, ["this host"]),
    "host is this host by loopback": (nothing_wrong, "migctl live {guest} 127.0.0.1", REFUSED, ["this host"]),
    "other version": (an_imposter(hello(99)), "migctl live {guest} {place}", REFUSED, ["version", "99"]),
    "no migctl at all": (an_imposter(b"SSH-2.0-OpenSSH_9.2\r\n"), "migctl live {guest} {place}", REFUSED, ["controller"]),
    "same name there": (same_name_there, "migctl live {guest} beta", REFUSED, ["named resident", "already"]),
    "same UUID there": (same_uuid_there, "migctl live {guest} beta", REFUSED, ["UUID", "already"]),
    "not enough memory there": (beta_is_full, "migctl live {guest} beta", REFUSED, ["memory", "MiB"]),
    "bridge missing there": (bridge_missing_there, "migctl live {guest} beta", REFUSED, ["bridge onlyhere"]),
    "a TPM": (tpm_attached, "migctl live {guest} beta", REFUSED, ["TPM", "vtpm 0"]),
    "module not loaded here": (module_missing(ALPHA), "migctl live {guest} beta", REFUSED, ["xenmig", "modprobe"]),
    "module not loaded there": (module_missing(BETA), "migctl live {guest} beta", REFUSED, ["xenmig", "beta"]),
    "no rights": (nothing_wrong, "/usr/bin/setpriv --reuid 65534 --clear-groups migctl live {guest} beta", REFUSED, ["root"]),
    "not in dom0": (nothing_wrong, "/usr/bin/unshare -m sh -c 'mount --bind /dev/null /proc/xen/capabilities && "
                                   "migctl live {guest} beta'", REFUSED, ["dom0"]),
    "paused guest": (paused, "migctl live {guest} beta", REFUSED, ["paused"]),
    "no encryption and not allowed": (encryption_wanted, "migctl live {guest} beta", REFUSED, ["security = none"]),
}
# Found by the code that finds another one of them.
LIKE_OTHERS = ("domain 0 by its name", "domain 0 by its UUID", "host unknown", "host is this host by loopback",
               "same UUID there", "no rights", "paused guest", "module not loaded there", "daemon not started", "other version")


@pytest.mark.parametrize("mistake", [
    pytest.param(mistake, marks=pytest.mark.long) if mistake in LIKE_OTHERS else mistake for mistake in MISTAKES])
def test_mistake(guest_at_alpha, mistake):
    """Refused with one sentence that names the cause, before anything was touched at either host."""
    guest = guest_at_alpha
    make_it_so, line, code, words = MISTAKES[mistake]
    around = look_around()
    before = guest.counter()
    with make_it_so(guest) as place:
        done = ALPHA.run(line.format(guest=guest.name, place=place))
        inside = Complaint(done.err)
    assert done.code == code, f"exit code {done.code}: {done.err}"
    inside.assert_one_sentence(words)
    guest.assert_goes_on(before)
    assert guest.host is ALPHA
    await_unchanged(around)


@pytest.mark.parametrize("line", [
    "migctl", "migctl fly", "migctl live", "migctl live resident", "migctl live a b c", "migctl live a b --downtime soon",
    "migctl live a b --downtime", "migctl live a b --max-rounds 0", "migctl live a b --no-such-option",
    "migctl live a b:port", "migctl live a b --on-limit hope", "migctl serve now", "migctl cancel", "migctl list all",
    "migctl status all", "migctl watch all", "migctl set", "migctl set a", "migctl set a b --downtime 1",
    "migctl set a --bandwidth fast",
    "migctl check", "migctl check a", "migctl check a b c", "migctl check a b:port", "migctl check a b --downtime 1",
])
def test_usage(lab, line):
    """A command used wrongly gives 2 and says how it is used, without doing anything."""
    done = ALPHA.run(line)
    assert done.code == USAGE, f"{done}"
    assert done.err.strip() and not done.out.strip()


def test_not_on_xen(lab):
    """On a machine that does not run on Xen, this one, migctl says so."""
    migctl = image.project_parts(lifecycle.running_kernel())["migctl"]
    done = subprocess.run([migctl, "live", "guest", "host"], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == REFUSED
    Complaint(done.stderr).assert_one_sentence(["Xen"])


def test_guest_ignores_the_request(guest_at_alpha, undo):
    """A guest that does not suspend is let alone after the deadline: exit code 1, it runs on and can be moved later.

    The guest loses its right to read the node through which it is asked, so
    that its kernel never hears of the request.
    """
    guest = guest_at_alpha
    domid = guest.domid()
    limit = ALPHA.xen_domains()[domid]["max_pages"]
    there = look_around((BETA,))
    node = f"/local/domain/{domid}/control/shutdown"
    undo(lambda: ALPHA.run("xenstore-chmod", node, f"n{domid}"))
    ALPHA.sh(f"xenstore-chmod {node} n0")
    before = guest.counter()

    failed = Move(guest, BETA, "--suspend-timeout", 3).wait()

    assert failed.code == FAILED, failed.stderr
    Complaint(failed.stderr).assert_one_sentence(["suspend", "3 s"])
    assert failed.result["downtime_ms"]["requested_to_suspended"] == 0, "it did suspend"
    guest.assert_goes_on(before)
    assert guest.host is ALPHA and guest.domid() == domid
    # The request was taken back: the guest must not find it when it can read again.
    assert ALPHA.store(node) == ""
    now = ALPHA.xen_domains()[domid]
    assert not now["log_dirty"] and now["max_pages"] == limit, f"Xen still has of the move: {now}, {limit}"
    await_unchanged(there)
    ALPHA.sh(f"xenstore-chmod {node} n{domid}")
    move(guest, BETA).assert_live()
    guest.assert_intact()


@pytest.mark.parametrize("how", ["migctl cancel", "migctl cancel at the destination", "Ctrl-C"])
def test_cancel(guest_at_alpha, busy_guest, how):
    """A move can be cancelled while pages are sent: exit code 4, the guest runs on, nothing stays at either host."""
    guest = guest_at_alpha
    domid = guest.domid()
    limit = ALPHA.xen_domains()[domid]["max_pages"]
    around = look_around()
    before = guest.counter()
    # Rounds without end, were it not cancelled.
    under_way = Move(guest, BETA, "--downtime", 1, "--max-rounds", 10000)
    under_way.await_rounds()
    assert ALPHA.xen_domains()[domid]["log_dirty"], "the test would not notice log-dirty mode left on"
    if how == "Ctrl-C":
        under_way.cancel_by_signal()
    elif how == "migctl cancel":
        assert ALPHA.run("migctl", "cancel", guest.name).code == 0
    else:
        # Its name there while it is not yet here.
        incoming = f"{guest.name}--incoming"
        await_(lambda: BETA.domid(incoming) is not None, 30, f"beta has only {BETA.domains()}")
        assert BETA.run("migctl", "cancel", incoming).code == 0
    under_way.wait(60)
    assert under_way.code == CANCELLED, f"exit code {under_way.code}: {under_way.stderr}"
    Complaint(under_way.stderr).assert_one_sentence(["cancel"])
    guest.assert_goes_on(before)
    now = ALPHA.xen_domains()[domid]
    assert not now["log_dirty"] and now["max_pages"] == limit, f"Xen still has of the move: {now}, {limit}"
    await_unchanged(around)


@pytest.mark.parametrize("verb", ["destroy", *long("shutdown")])
def test_guest_ends(new_guest, verb):
    """A guest that ends while it moves gives exit code 5, and nothing stays at the destination."""
    guest = new_guest(ALPHA, f"ends-{verb}", mem=light(128), fill=light(32, 16), dirty=16)
    there = look_around((BETA,))
    under_way = Move(guest, BETA, "--downtime", 1, "--max-rounds", 10000)
    under_way.await_rounds()
    assert ALPHA.run("xl", verb, guest.name).code == 0
    under_way.wait(60)
    assert under_way.code == ENDED, f"exit code {under_way.code}: {under_way.stderr}"
    Complaint(under_way.stderr).assert_one_sentence(["guest"])
    await_(lambda: not ALPHA.domains().keys() & {guest.name, "(null)"}, 30, f"alpha has {ALPHA.domains()}")
    await_unchanged(there)
