# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole lab: up, down, and the power and cables of its hosts."""

import json
import os
import shutil

from . import devicemodel, image, kernels, namespace, shadowxen
from .command import LabError
from .host import HOSTS, make_shared_disk
from .place import INSTANCE, STATE


SPEED_S = 4


def up(options, build=True):
    """Bring both hosts up; what runs already is left alone."""
    if os.geteuid():
        raise LabError("the lab makes network namespaces, so it must be run by root")
    image.CACHE.mkdir(parents=True, exist_ok=True)
    if all(host.pid() for host in HOSTS.values()):
        return wait_ready()
    image.install_host_packages()
    warn_of_memory(options["mem"])
    kernel = kernels.kernel(options["kernel"], options["shipped"])
    release = image.kernel_release()
    options = dict(options, xen=str(hypervisor(options, release)))
    image.base(release)
    if build:
        image.build_project(kernel)
    dark = [host for host in HOSTS.values() if not host.pid()]
    try:
        prepare(options, kernel)
        for host in dark:
            host.boot(options)
        wait_ready()
    except BaseException as error:
        keep_logs(error)
        take_back(dark)
        raise


def hypervisor(options, release):
    """The file of the hypervisor that these options mean."""
    if options["xen"]:
        return image.hypervisor(options["xen"])
    return shadowxen.made(release) if options["shadow"] else image.packages(release) / "xen"


def take_back(started):
    """After a failed start only what ran before it is left."""
    for host in started:
        host.kill()
    if not any(host.pid() for host in HOSTS.values()):
        down()


def warn_of_memory(size):
    """Say so before the kernel kills a host at random; hosts take their memory only as guests use it."""
    units = {"M": 10, "G": 20}
    if not size[:-1].isdigit() or size[-1] not in units:
        raise LabError(f"--mem {size} is no size; write it like 4G or 3500M")
    with open("/proc/meminfo", encoding="ascii") as f:
        available = next(int(line.split()[1]) for line in f if line.startswith("MemAvailable"))
    wanted = len(HOSTS) * (int(size[:-1]) << units[size[-1]])
    if available < wanted:
        print(f"only {available >> 10} MiB are free, and the hosts may take {wanted >> 10} MiB: "
              "take another lab down, or use a smaller --mem, before you fill big guests")


def prepare(options, kernel):
    """Everything that hosts need to boot: state, namespace, disks, image."""
    STATE.mkdir(parents=True, exist_ok=True)
    (STATE / "options.json").write_text(json.dumps(options))
    if not namespace.exists():
        namespace.create(HOSTS)
    make_shared_disk()
    make_initrd(kernel, options.get("hvm"))


def make_initrd(kernel, hvm):
    """Base, modules of another kernel and overlay, one after the other, as one file for QEMU."""
    release = image.kernel_release()
    more = [*kernel.archives, *([devicemodel.archive(release)] if hvm else [])]
    for part in image.overlay(kernel, HOSTS.values(), STATE / "overlay.cpio", hvm):
        print(f"{part} is not built yet: the hosts boot without it")
    with open(STATE / "initrd.new", "wb") as out:
        for part in (image.base(release) / "base.cpio", *more, STATE / "overlay.cpio"):
            with open(part, "rb") as source:
                shutil.copyfileobj(source, out, 1 << 20)
    (STATE / "initrd.new").rename(STATE / "initrd")


def keep_logs(error):
    """A failed start removes the hosts; what they said is worth keeping."""
    for host in HOSTS.values():
        if host.console_log.exists():
            kept = image.log(f"{INSTANCE}-{host.name}-console")
            shutil.copy(host.console_log, kept)
            error.args = (f"{error}\n(console kept in {kept})",) if isinstance(error, LabError) else error.args


def wait_ready():
    for host in HOSTS.values():
        host.wait_ready()


def down():
    """Stop what this lab started and remove its state."""
    for host in HOSTS.values():
        host.kill()
    namespace.remove()
    shutil.rmtree(STATE, ignore_errors=True)


def options():
    """What the lab was started with."""
    return json.loads((STATE / "options.json").read_text())


def running_kernel():
    """The kernel that it was started with, and the build that is in service."""
    return kernels.kernel(options().get("kernel"), options().get("shipped"))


def require():
    """Complain unless the lab is up."""
    if not (STATE / "options.json").exists():
        raise LabError(f"there is no lab `{INSTANCE}`; start it with `lab up`")


def boot(host):
    """Switch one host on again, with its disk and the parts as they are built now."""
    require()
    if not host.pid():
        make_initrd(running_kernel(), options().get("hvm"))
        host.boot(options())
    host.wait_ready()


def install(hosts, shipped=None):
    """Rebuild our own parts and put them in service on running hosts; which build it is, is kept for later."""
    require()
    if shipped is not None:
        (STATE / "options.json").write_text(json.dumps(dict(options(), shipped=shipped)))
    kernel = running_kernel()
    image.build_project(kernel)
    for host in hosts:
        host.execute("/etc/lab/migctl stop", timeout=60)
        for part, file in image.project_parts(kernel).items():
            if file.exists():
                place = image.place_in_dom0(part, kernel)
                host.execute("mkdir", "-p", os.path.dirname(place))
                host.push(str(file), place)
            else:
                print(f"{part} is not built yet")
        words = host.execute("/etc/lab/migctl start", timeout=60).strip()
        if words:
            raise LabError(f"{host.name}: {words}; see `lab exec {host.name} -- dmesg`")


def speed():
    """MiB a second from alpha to beta, without a copy in the sender."""
    alpha, beta = HOSTS["alpha"], HOSTS["beta"]
    beta.execute("iperf3 -s -1 -D")
    report = json.loads(alpha.execute(f"iperf3 -Z -J -t {SPEED_S} -c {beta.ip}"))
    return report["end"]["sum_received"]["bits_per_second"] / 8 / 2**20


def status():
    """What there is, host by host."""
    if not (STATE / "options.json").exists():
        return []
    return [host.status() for host in HOSTS.values()]
