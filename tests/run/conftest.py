# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the lab tests: one lab, one long-lived guest, and guests of a test's own.

    XENMIG_LAB=NAME /usr/bin/python3 -m pytest tests/run [--smp 2] [--long] [--keep]

A lab of that name that runs already is used and left running; one that had to
be started is taken down at the end, unless --keep.
"""

import os
import sys
import time
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

sys.path.insert(0, str(Path(__file__).resolve().parent))
os.environ.setdefault("XENMIG_LAB", "check")

from rig import await_, guests, hosts, ledger, slices       # noqa: E402
from rig.hosts import ALPHA, BETA, HOSTS        # noqa: E402
from rig.moves import move          # noqa: E402

LAB_LIMIT = 1200
FAULTS = "/run/migctl/fault"


def pytest_addoption(parser):
    group = parser.getgroup("xenmig")
    group.addoption("--smp", type=int, default=1, help="CPUs of each host; with 2 only the tests marked smp run")
    group.addoption("--shadow", action="store_true",
                    help="on a hypervisor with shadow paging, which is built first: only the tests marked pv and shadow run")
    group.addoption("--hvm", action="store_true", help="on hosts with a device model: only the tests marked hvm run")
    group.addoption("--long", action="store_true", help="also what is left to `make check-all`")
    group.addoption("--slice", type=slices.parse, metavar="K/N", help="only what --long adds, and of it the K-th of N parts")
    group.addoption("--keep", action="store_true", help="leave the lab running")
    group.addoption("--times", action="store_true", help="print how long each file took")
    group.addoption("--lab-mem", default="4G", help="memory of each host")


def pytest_configure(config):
    config.addinivalue_line("markers", "smp: runs again on hosts with two CPUs, where a stale mapping can show")
    config.addinivalue_line("markers", "two_cpus: of what a host with one CPU has not got; only with --smp 2, and marked smp too")
    config.addinivalue_line("markers", "pv: of PV guests; runs where they can move live, and with --long on any hypervisor")
    config.addinivalue_line("markers", "everywhere: of PV guests, and runs on any hypervisor without --long, too")
    config.addinivalue_line("markers", "without_shadow: of what a hypervisor without shadow paging cannot do")
    config.addinivalue_line("markers", "shadow: of PV guests that move live; only with --shadow")
    config.addinivalue_line("markers", "hvm: of HVM guests; only with --hvm")
    config.addinivalue_line("markers", "long(cpus): only with --long or in a slice; with cpus only on hosts with so many "
                                       "(Documentation/testing.rst says what is left to those)")
    config.addinivalue_line("markers", "closing: looks at what all others left, so it runs last and always")


def pytest_collection_modifyitems(config, items):
    """Only what was asked for is collected: a skip would look like something that should have run."""
    part = config.getoption("--slice")
    chosen = [item for item in items if is_wanted(item, config, bool(part) or config.getoption("--long"))
              and (not part or item.get_closest_marker("closing")
                   or not is_wanted(item, config, False) and item.nodeid in part)]
    if all(item.get_closest_marker("closing") for item in chosen):
        chosen = []
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    # What looks at what all others left comes last; else the order of the files stays.
    items[:] = sorted(chosen, key=lambda item: bool(item.get_closest_marker("closing")))


def is_wanted(item, config, long):
    """Whether a test is for the hosts that are asked for, and, if it takes minutes, whether those are."""
    cpus, hvm = config.getoption("--smp"), config.getoption("--hvm")
    return (item.get_closest_marker("smp") if cpus > 1 else not item.get_closest_marker("two_cpus")) \
        and is_in_turn(item, cpus, long) \
        and is_for_hypervisor(item, config.getoption("--shadow"), long) and bool(item.get_closest_marker("hvm")) == hvm


def is_in_turn(item, cpus, long):
    """Some take minutes on hosts with so many CPUs only."""
    mark = item.get_closest_marker("long")
    return long or not mark or mark.args not in ((), (cpus,))


REPEATED = pytest.StashKey[list]()


def forget_failed_fixtures(item):
    """What fixtures of a module or the session could not make is tried again."""
    for definitions in item._fixtureinfo.name2fixturedefs.values():
        for definition in definitions:
            if definition.cached_result and definition.cached_result[2]:
                definition.cached_result = None


def pytest_runtest_protocol(item, nextitem):
    """A test that failed while the emulator gave a vCPU a state that nothing else can is run once more, and told of."""
    if item.config.getoption("--smp") < 2:
        return None
    states = hosts.impossible_states()
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    failures = [report for report in reports if report.failed]
    if failures and hosts.impossible_states() > states:
        forget_failed_fixtures(item)
        again = runtestprotocol(item, nextitem=nextitem, log=False)
        item.config.stash.setdefault(REPEATED, []).append((item.nodeid, failures[0].longreprtext))
        reports = again
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def is_for_hypervisor(item, shadow, long):
    """PV guests are tried on both; with shadow paging they move live, and only there."""
    if not shadow:
        brief = not item.get_closest_marker("pv") or item.get_closest_marker("without_shadow") or item.get_closest_marker("everywhere")
        return (long or brief) and not item.get_closest_marker("shadow")
    return (item.get_closest_marker("pv") or item.get_closest_marker("shadow")) \
        and not item.get_closest_marker("without_shadow")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure comes with what both hosts have to say."""
    outcome = yield
    report = outcome.get_result()
    if not report.failed or "lab" not in item.fixturenames or not hosts.is_up():
        return
    for host in HOSTS:
        for part, text in host.last_words().items():
            report.sections.append((f"{host}: {part}", text))


def pytest_terminal_summary(terminalreporter, config):
    """With --times one line a file, its seconds, set-up included, and its tests; and one for all that was waited for."""
    for name, failure in config.stash.get(REPEATED, []):
        terminalreporter.write_line(f"run once more, since Xen showed a guest's vCPU in Xen's code: {name}, which gave at first:\n{failure}")
    if not config.getoption("--times"):
        return
    seconds, tests = {}, {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                name = Path(report.nodeid.split("::")[0]).stem
                seconds[name] = seconds.get(name, 0) + report.duration
                tests[name] = tests.get(name, 0) + (report.when == "call")
    for name, duration in sorted(seconds.items()):
        terminalreporter.write_line(f"{name:<20} {duration:5.0f} s  {tests[name]} tests")
    for kind, duration, times in ledger.entries():
        terminalreporter.write_line(f"{duration:5.0f} s  {times:5}  {kind}")


@pytest.fixture(scope="session")
def lab(request):
    """Both hosts, up."""
    smp, shadow = request.config.getoption("--smp"), request.config.getoption("--shadow")
    hvm = request.config.getoption("--hvm")
    found = hosts.is_up()
    if found:
        assert hosts.options()["smp"] == smp, f"the lab that runs has {hosts.options()['smp']} CPUs and not {smp}"
        assert bool(hosts.options().get("shadow")) == shadow, "the lab that runs has another hypervisor than is asked for"
        assert bool(hosts.options().get("hvm")) == hvm, "the lab that runs was started with --hvm, or should have been"
        hosts.require_test_build()
    try:
        hosts.lab("up", "--smp", str(smp), "--mem", request.config.getoption("--lab-mem"),
                  *(["--shadow"] if shadow else []), *(["--hvm"] if hvm else []), timeout=LAB_LIMIT)
        for host in HOSTS:
            host.await_serve()
        yield hosts
    finally:
        if not found and not request.config.getoption("--keep"):
            hosts.lab("down")


@pytest.fixture(scope="session")
def resident(lab):
    """Holds the guest that lives through the session, and makes it anew when a test has lost it."""
    class Resident:
        guest = None

        def get(self):
            if self.guest and not self.is_well():
                guests.remove(self.guest)
                self.guest = None
            if not self.guest:
                self.clear()
                self.guest = guests.create(ALPHA, "resident", mem=guests.light(256), fill=guests.light(40, 16), dirty=4)
            return self.guest

        def is_well(self):
            try:
                self.guest.assert_goes_on()
                return len(self.guest.hosts()) == 1
            except AssertionError:
                return False

        def clear(self):
            """A lab that was left running may have one of an earlier session."""
            for host in HOSTS:
                host.clear_remains("resident")
    return Resident()


@pytest.fixture
def guest(resident):
    """The guest of case 1: 256 MiB, one vCPU, 40 MiB of pattern rewritten at 4 MiB/s; at either host."""
    return resident.get()


@pytest.fixture
def guest_at_alpha(guest):
    """The same, at alpha."""
    if guest.host is BETA:
        move(guest, ALPHA)
    return guest


@pytest.fixture
def busy_guest(guest):
    """The same, writing so fast that a pause of a millisecond cannot be reached."""
    assert guest.ask("dirty 40") == "dirty 40"
    yield guest
    guest.ask("dirty 4")


@pytest.fixture
def new_guest(lab):
    """Creates guests that live as long as the test."""
    made = []

    def create(host, name, **options):
        host.clear_remains(name)
        made.append(guests.create(host, name, **options))
        return made[-1]
    yield create
    for one in made:
        guests.remove(one)


@pytest.fixture(scope="module")
def new_module_guest(lab):
    """Creates guests that live as long as the module's tests."""
    made = []

    def create(host, name, **options):
        host.clear_remains(name)
        made.append(guests.create(host, name, **options))
        return made[-1]
    yield create
    for one in made:
        guests.remove(one)


@pytest.fixture
def undo():
    """Functions put in here are called after the test, the last one first, whatever happened."""
    functions = []
    yield functions.append
    for function in reversed(functions):
        function()


@pytest.fixture
def stop_at(lab):
    """Holds migctl up at a place of its code."""
    class Places:
        def arm(self, host, place):
            host.sh(f"mkdir -p {FAULTS}; touch {FAULTS}/{place}")

        def await_reached(self, host, place):
            await_(lambda: host.run("test", "-e", f"{FAULTS}/{place}.reached").code == 0, 60, f"{place} is not reached")
            return host.sh(f"cat {FAULTS}/{place}.reached").strip()

        def let_go(self, host, place):
            host.sh(f"rm -f {FAULTS}/{place} {FAULTS}/{place}.reached")
    yield Places()
    for host in HOSTS:
        host.run(f"rm -rf {FAULTS}")
