# SPDX-License-Identifier: GPL-2.0-or-later
"""What the hosts boot: hypervisor, kernel, a cached dom0 root, and our own parts on top.

The root is an initramfs in two pieces: the base, made once from Debian's
packages and cached, and a small overlay with everything of ours, made anew
each time, so that a change of ours never costs more than a second.
"""

import gzip
import hashlib
import lzma
import os
import re
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

from .command import SLOW, LabError, locked, patient, run, run_logged
from .place import CACHE, LAB_DIR, REPOSITORY

HOST_PACKAGES = """
    qemu-system-x86 mmdebstrap iproute2 iputils-ping openssh-client e2fsprogs
    cpio kmod util-linux gcc make libc6-dev libnl-3-dev libnl-genl-3-dev
    libxen-dev libyajl-dev libgnutls28-dev pkg-config
""".split()

DOM0_PACKAGES = """
    xen-utils-4.17 xen-utils-common xenstore-utils libxenstore4 busybox-static
    bash coreutils util-linux procps kmod sed grep gawk findutils hostname tar
    iproute2 bridge-utils ethtool tcpdump iputils-arping iputils-ping socat iperf3
    openssh-server libnl-3-200 libnl-genl-3-200 libyajl2 libgnutls30 netbase
    strace e2fsprogs dmsetup nbd-client nbd-server
""".split()

# In the order in which a host loads them.
DOM0_MODULES = """
    xen-evtchn xen-gntdev xen-gntalloc xen-privcmd xenfs xen-netback xen-blkback
    virtio_pci virtio_net virtio_blk bridge tun tls dm_mod loop crc32c ext4
""".split()

# In the base, but loaded only by who wants them.
DOM0_MORE_MODULES = """
    9p 9pnet_virtio dm_delay dm_flakey nbd sch_netem sch_tbf sch_ingress
    act_mirred veth ifb dummy
""".split()

GUEST_MODULES = ["xen-netfront", "xen-blkfront", "crc32c", "ext4"]
# Of HVM guests, and of what a device model emulates for them: that loads a kernel octet by octet, so it is little.
HVM_MODULES = ["xen-netfront", "xen-blkfront"]
EMULATED_MODULES = ["e1000", "ata_piix", "sd_mod"]

DOM0_EXCESS = """
    usr/share/doc usr/share/locale usr/share/man usr/share/info usr/share/perl
    usr/share/perl5 usr/share/lintian usr/share/bash-completion usr/share/i18n
    usr/lib/python3.11 usr/lib/python3 usr/share/python3 usr/share/zoneinfo
    usr/share/common-licenses usr/lib/x86_64-linux-gnu/perl-base
    usr/lib/x86_64-linux-gnu/gconv usr/lib/gcc usr/share/gcc usr/share/gdb
    usr/bin/python3.11 usr/bin/perl usr/bin/perl5.36.0 lib/udev boot usr/include
    var/cache var/lib/apt var/lib/dpkg
""".split()

XEN_PACKAGE = "xen-hypervisor-4.17-amd64"
PATH_IN_DOM0 = "/usr/sbin:/usr/bin:/sbin:/bin"


# ---- this machine ----

def install_host_packages(names=HOST_PACKAGES):
    """Install by apt what this machine lacks."""
    missing = [name for name in names if not package_installed(name)]
    if not missing:
        return
    print(f"installing {' '.join(missing)}", flush=True)
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing]
    try:
        run_logged(command, log("apt"), timeout=900, env=environment)
    except LabError:
        run_logged(["apt-get", "update", "-q"], log("apt"), timeout=300)
        run_logged(command, log("apt"), timeout=900, env=environment,
                   cure="the lab needs Debian 12 with a working apt")


def package_installed(name):
    info = Path("/var/lib/dpkg/info")
    return (info / f"{name}.list").exists() or (info / f"{name}:amd64.list").exists()


def log(name):
    directory = CACHE / "log"
    directory.mkdir(parents=True, exist_ok=True)
    return directory / f"{name}.log"


# ---- building into the cache ----

def cached(name, build, limit=900):
    """The cache's directory @name; build(dir) fills it once, whole or not at all, within @limit seconds."""
    target = CACHE / name
    if target.exists():
        return target
    with locked(CACHE / f"{name}.lock", timeout=limit):
        if target.exists():
            return target
        half = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=CACHE))
        try:
            build(half)
            half.chmod(0o755)
            half.rename(target)
        except BaseException:
            shutil.rmtree(half, ignore_errors=True)
            raise
    return target


def digest(*parts):
    """A short name for content that depends on @parts."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


def kernel_release(package="linux-image-amd64"):
    """The kernel that @package stands for; asked once, then the cache decides."""
    def ask(directory):
        depends = run(["apt-cache", "depends", package], cure="run `apt-get update`")
        names = [word for word in depends.split() if re.match(r"linux-image-6\.\d+\.", word)]
        if not names:
            raise LabError(f"apt knows no {package}; run `apt-get update` on Debian 12")
        (directory / "release").write_text(names[0].removeprefix("linux-image-") + "\n")
    name = "kernel-release" + package.removeprefix("linux-image").removesuffix("-amd64")
    return (cached(name, ask) / "release").read_text().strip()


def packages(release):
    """Kernel and hypervisor, unpacked and not installed."""
    def build(directory):
        print("fetching kernel and hypervisor", flush=True)
        run_logged(["apt-get", "download", f"linux-image-{release}", XEN_PACKAGE], log("packages"),
                   cwd=directory, timeout=600,
                   cure=f"run `apt-get update`; if the kernel is gone remove {CACHE}")
        for package in directory.glob("*.deb"):
            run(["dpkg", "-x", str(package), str(directory)], timeout=120)
            package.unlink()
        run(["depmod", "-b", str(directory), release], timeout=120)
        xen = next((directory / "boot").glob("xen-*-amd64.gz"))
        (directory / "xen").write_bytes(gzip.decompress(xen.read_bytes()))
        bzimage = (directory / f"boot/vmlinuz-{release}").read_bytes()
        (directory / "vmlinux").write_bytes(unpack_bzimage(bzimage))
    return cached(f"packages-{release}-2", build)


def hypervisor(path):
    """Another hypervisor than Debian's, unpacked when it is packed: QEMU wants the bare ELF file."""
    file = Path(path).resolve()
    if not file.is_file():
        raise LabError(f"there is no hypervisor {path}")
    content = file.read_bytes()
    if content[:2] != b"\x1f\x8b":
        return file

    def build(directory):
        (directory / "xen").write_bytes(gzip.decompress(content))
    return cached(f"xen-{digest(content)}", build) / "xen"


def unpack_bzimage(image):
    """The ELF kernel in a bzImage: unpacking it under emulation would cost seconds at every boot."""
    setup_sectors = image[0x1f1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    packed = image[start:start + length]
    if packed[:6] == b"\xfd7zXZ\0":
        return lzma.LZMADecompressor().decompress(packed)
    if packed[:4] != b"\x28\xb5\x2f\xfd":
        raise LabError("the kernel is packed neither by xz nor by zstd as Debian's are; the lab needs one of those")
    install_host_packages(["zstd"])
    # Four octets behind it say how long it is unpacked.
    return subprocess.run(["zstd", "-dc"], input=packed[:-4], stdout=subprocess.PIPE, timeout=120, check=True).stdout


def headers(release):
    """The kernel's headers, installed by apt: their paths only fit where apt puts them."""
    directory = Path(f"/usr/src/linux-headers-{release}")
    if not (directory / "Module.symvers").exists():
        print(f"installing linux-headers-{release}", flush=True)
        run_logged(["apt-get", "install", "-y", "-q", "--no-install-recommends",
                    f"linux-headers-{release}"], log("apt"), timeout=900,
                   env=dict(os.environ, DEBIAN_FRONTEND="noninteractive"),
                   cure=f"if that kernel is gone from apt, remove {CACHE}")
    return directory


def unpacked_headers(release):
    """The headers of a kernel that is not this machine's: their package would install that kernel as well."""
    def build(directory):
        version = release.removesuffix("-amd64")
        names = [f"linux-headers-{release}", f"linux-headers-{version}-common", f"linux-kbuild-{version}"]
        run_logged(["apt-get", "download", *names], log("headers"), cwd=directory, timeout=600,
                   cure=f"run `apt-get update`; if that kernel is gone remove {CACHE}")
        for package in directory.glob("*.deb"):
            run(["dpkg", "-x", str(package), str(directory)], timeout=120)
            package.unlink()
        tree = directory / f"usr/src/linux-headers-{release}"
        # It would be read for types of the kernel by a tool that this machine has no other use for.
        (tree / "vmlinux").unlink(missing_ok=True)
        # The only path that is not a relative one.
        makefile = tree / "Makefile"
        makefile.write_text(makefile.read_text().replace("include /usr/src", "include $(dir $(lastword $(MAKEFILE_LIST))).."))
    return cached(f"headers-{release}", build) / f"usr/src/linux-headers-{release}"


def module_archive(release):
    """The modules of another kernel that a host loads, as a cpio."""
    kernel = packages(release)

    def build(directory):
        put_modules(directory / "root", kernel, release)
        pack(directory / "root", directory / "modules.cpio")
        shutil.rmtree(directory / "root")
    return cached(f"modules-{digest(release, DOM0_MODULES, DOM0_MORE_MODULES)}", build) / "modules.cpio"


def module_name(file):
    """As the kernel calls it; newer ones pack their files."""
    return Path(file).name.partition(".ko")[0].replace("-", "_")


def module_files(modules_root, release, names):
    """The files of modules @names and of all they depend on."""
    directory = modules_root / "lib/modules" / release
    needs, by_name = {}, {}
    for line in (directory / "modules.dep").read_text().splitlines():
        file, _, others = line.partition(":")
        needs[file] = others.split()
        by_name[module_name(file)] = file
    builtin = {module_name(line)
               for line in (directory / "modules.builtin").read_text().split()}
    files = set()
    for name in names:
        key = name.replace("-", "_")
        if key in builtin:
            continue
        if key == "crc32c":
            key = "crc32c_generic"
        if key not in by_name:
            raise LabError(f"kernel {release} has no module {name}")
        files.update([by_name[key], *needs[by_name[key]]])
    return sorted(files)


def base(release):
    """The dom0 root of Debian's packages, as an uncompressed cpio, and the keys to enter it."""
    kernel = packages(release)

    def build(directory):
        print("building the dom0 image", flush=True)
        root = directory / "root"
        run_logged(["mmdebstrap", "--variant=extract", "--include=" + ",".join(DOM0_PACKAGES),
                    "bookworm", str(root)], log("base"), timeout=900,
                   cure="check that apt on this machine can fetch packages")
        for excess in DOM0_EXCESS:
            shutil.rmtree(root / excess, ignore_errors=True) if (root / excess).is_dir() \
                else (root / excess).unlink(missing_ok=True)
        finish_base(root, kernel, release)
        make_keys(root, directory)
        pack(root, directory / "base.cpio")
        shutil.rmtree(root)
    recipe = digest(DOM0_PACKAGES, DOM0_MODULES, DOM0_MORE_MODULES, DOM0_EXCESS, release, 6)
    return cached(f"base-{recipe}", build)


def finish_base(root, kernel, release):
    """What the packages' own installation scripts would have done, as far as a host needs it."""
    link_busybox(root)
    (root / "init").symlink_to("/bin/busybox")
    for name in ("var/run", "var/lock"):
        path = root / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        if not path.is_symlink():
            path.symlink_to("/run" if name == "var/run" else "/run/lock")
    put_modules(root, kernel, release)
    (root / "usr/lib/lab").mkdir(parents=True)
    shutil.copy(kernel / "vmlinux", root / "usr/lib/lab/vmlinux")
    run(["/sbin/ldconfig", "-r", str(root)])


def put_modules(root, kernel, release):
    """The modules that a host loads."""
    modules = Path("lib/modules") / release
    for file in module_files(kernel, release, DOM0_MODULES + DOM0_MORE_MODULES):
        target = root / modules / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(kernel / modules / file, target)
    for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
        shutil.copy(kernel / modules / name, root / modules / name)
    run(["depmod", "-b", str(root), release])


def link_busybox(root):
    """Let busybox be every tool that no package brought."""
    places = [root / place for place in ("bin", "sbin", "usr/bin", "usr/sbin")]
    for path in run([str(root / "bin/busybox"), "--list-full"]).split():
        if not any(os.path.lexists(place / Path(path).name) for place in places):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).symlink_to("/bin/busybox")
    awk = root / "usr/bin/awk"
    if not os.path.lexists(awk):
        awk.symlink_to("gawk")


def make_keys(root, directory):
    """One key for the hosts, one for who enters them; both are only for machines that never leave RAM."""
    for file in (root / "etc/ssh/lab_host_key", directory / "key"):
        file.parent.mkdir(parents=True, exist_ok=True)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(file)])
    (root / "root/.ssh").mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copy(directory / "key.pub", root / "root/.ssh/authorized_keys")
    (root / "root/.ssh/authorized_keys").chmod(0o600)


def pack(root, target):
    """The directory @root as a cpio archive that the kernel unpacks."""
    names = "\n".join(sorted(str(path.relative_to(root)) for path in walk(root)))
    with open(target, "wb") as out:
        done = subprocess.run(["cpio", "--quiet", "-o", "-H", "newc", "-R", "0:0"], cwd=root, check=False,
                              input=names.encode(), stdout=out, timeout=300, stderr=subprocess.PIPE)
    if done.returncode:
        raise LabError(f"cpio cannot pack {root}: {done.stderr.decode().strip()}")
    with open(target, "ab") as out:     # the next archive must start on a 4-byte boundary
        out.write(b"\0" * (-out.tell() % 4))


def walk(root):
    """Everything below @root, directories before what they hold; links are not followed."""
    for directory, folders, files in os.walk(root):
        for name in [*folders, *files]:
            yield Path(directory) / name


# ---- our own parts ----

def build_project(kernel):
    """Build xenmig.ko and migctl for the kernel of the hosts; name the parts that do not exist yet."""
    makefile = REPOSITORY / "Makefile"
    if not makefile.exists():
        return
    directory = kernel.headers()
    with locked(CACHE / f"project-{digest(str(REPOSITORY))}.lock"):
        build_targets(kernel, directory)


def build_targets(kernel, directory):
    variant = "FAULT_POINTS=" if kernel.shipped else "FAULT_POINTS=1"
    module = ["-C", str(REPOSITORY), "module", f"KDIR={directory}"] if kernel.in_tree \
        else ["-C", str(directory), f"M={copy_sources(kernel)}", "W=1", *kernel.build, "modules"]
    user = ["-C", str(REPOSITORY / "user"), f"O={user_directory(kernel)}"]
    for target, source, words in (("module", "kmod", [*module, variant]), ("user", "user", [*user, variant])):
        if not (REPOSITORY / source).is_dir():
            continue
        log(target).unlink(missing_ok=True)
        run_logged(["make", *words], log(target), timeout=900,
                   cure="mend it, or start without our own parts by --no-build")


def module_directory(kernel):
    """Where the module for a kernel is built: what is in the tree itself is what is shipped, for Debian's."""
    variant = "shipped" if kernel.shipped else "test"
    return REPOSITORY if kernel.in_tree else REPOSITORY / f"build/module-{kernel.name}-{variant}"


def user_directory(kernel):
    """Where migctl is built."""
    return REPOSITORY / ("build" if kernel.shipped else "build/test")


def copy_sources(kernel):
    """The module's sources as they are now, in a directory of that kernel's and build's own; returns it."""
    directory = module_directory(kernel)
    for name in ("kmod", "include"):
        for stale in (file for file in (directory / name).rglob("*.[ch]") if not file.name.endswith(".mod.c")):
            if not (REPOSITORY / stale.relative_to(directory)).exists():
                stale.unlink()
        shutil.copytree(REPOSITORY / name, directory / name, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("*.o", ".*"))
    shutil.copy2(REPOSITORY / "Kbuild", directory)
    return directory


def project_parts(kernel):
    """Where our own parts lie once built, and where they belong on a host."""
    modules = {name: module_directory(kernel) / name for name in ("xenmig.ko", "xenmig-bench.ko")}
    return {**modules, "migctl": user_directory(kernel) / "migctl"}


def place_in_dom0(part, kernel):
    return "/usr/sbin/migctl" if part == "migctl" else f"/lib/modules/{kernel.release}/updates/{part}"


def load_order(modules_root, release, names):
    """The files of modules @names and of all they depend on, each behind those that it needs."""
    order = []
    for name in names:
        for file in module_files(modules_root, release, [name]):
            text = (modules_root / "lib/modules" / release / "modules.dep").read_text()
            needs = next(line for line in text.splitlines() if line.startswith(f"{file}:")).partition(":")[2].split()
            order += [one for one in [*reversed(needs), file] if one not in order]
    return order


def guest_initrd(release, hvm=False):
    """The initramfs of the lab's guest; that of HVM guests has drivers of emulated devices, too, and is packed."""
    sources = sorted((LAB_DIR / "guest").glob("*.[ch]"))
    kernel = packages(release)

    def build(directory):
        root = directory / "root"
        (root / "modules").mkdir(parents=True)
        for name in ("sbin", "dev", "proc", "sys"):
            (root / name).mkdir()
        run_logged(["gcc", "-O2", "-Wall", "-Wextra", "-static", "-pthread", "-o", str(root / "init"),
                    *(str(file) for file in sources if file.suffix == ".c")], log("guest"), timeout=120)
        for helper in ("poweroff", "reboot"):
            (root / "sbin" / helper).symlink_to("/init")
        for file in module_files(kernel, release, HVM_MODULES if hvm else GUEST_MODULES):
            shutil.copy(kernel / "lib/modules" / release / file, root / "modules")
        if hvm:
            order = load_order(kernel, release, EMULATED_MODULES)
            for file in order:
                shutil.copy(kernel / "lib/modules" / release / file, root / "modules")
            (root / "modules/emulated").write_text("".join(f"/modules/{Path(file).name}\n" for file in order))
        if hvm:
            run(["strip", str(root / "init")])
        pack(root, directory / "initrd")
        if hvm:
            (directory / "initrd").write_bytes(gzip.compress((directory / "initrd").read_bytes(), 9))
        shutil.rmtree(root)
    contents = [file.read_bytes() for file in sources]
    names = ["hvm", *HVM_MODULES, *EMULATED_MODULES] if hvm else GUEST_MODULES
    return cached(f"guest-{digest(*contents, release, *names)}", build) / "initrd"


def dom0_program(name, *options):
    """dom0/NAME.c, built."""
    source = LAB_DIR / f"dom0/{name}.c"

    def build(directory):
        run_logged(["gcc", "-O2", "-Wall", "-Wextra", "-o", str(directory / name), str(source), *options], log(name),
                   timeout=120)
    return cached(f"{name}-{digest(source.read_bytes(), options)}", build) / name


def domains_tool():
    return dom0_program("domains", "-lxenctrl", "-lxenstore")


def vif_join():
    """Not linked at run time: that would take as long as all that it does."""
    return dom0_program("vif-join", "-static", "-lxenstore", "-lxentoolcore", "-lpthread")


def overlay(kernel, hosts, target, hvm=False):
    """Write our own parts as a cpio to @target and return the names of those that are missing."""
    parts = project_parts(kernel)
    missing = [name for name, file in parts.items() if not file.exists()]
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        for path, (text, mode) in overlay_texts(hosts).items():
            write(root / path, text.encode(), mode)
        write(root / "usr/lib/lab/domains", domains_tool().read_bytes(), 0o755)
        write(root / "etc/xen/scripts/vif-join", vif_join().read_bytes(), 0o755)
        write(root / "usr/lib/lab/guest.initrd", guest_initrd(kernel_release()).read_bytes(), 0o644)
        if hvm:
            write(root / "usr/lib/lab/guest-hvm.initrd", guest_initrd(kernel_release(), True).read_bytes(), 0o644)
        for name, file in parts.items():
            if name not in missing:
                write(root / place_in_dom0(name, kernel)[1:], file.read_bytes(), 0o755)
        pack(root, target)
    return missing


def overlay_texts(hosts):
    """Configuration and scripts of a host: path -> (text, mode)."""
    names = "".join(f"{host.ip} {host.name}\n" for host in hosts)
    return {
        "etc/passwd": ("root::0:0:root:/root:/bin/sh\nsshd:x:102:65534::/:/bin/false\n"
                       "nobody:x:65534:65534::/:/bin/false\n"
                       # Of the device model of domain N, when it is confined: this number and N.
                       "xen-qemuuser-range-base:x:131072:65534::/:/bin/false\n", 0o644),
        "etc/group": ("root:x:0:\ntty:x:5:\ndisk:x:6:\nnogroup:x:65534:\n", 0o644),
        "etc/shells": ("/bin/sh\n/bin/bash\n", 0o644),
        "etc/hosts": ("127.0.0.1 localhost\n" + names, 0o644),
        "etc/nsswitch.conf": ("passwd: files\ngroup: files\nhosts: files\n", 0o644),
        "etc/profile": (f"export PATH={PATH_IN_DOM0}\nPS1='\\h# '\n", 0o644),
        "etc/fstab": ("", 0o644),
        "etc/ssh/sshd_config": ((LAB_DIR / "dom0/sshd_config").read_text(), 0o644),
        "etc/inittab": ((LAB_DIR / "dom0/inittab").read_text(), 0o644),
        "etc/lab/boot": ((LAB_DIR / "dom0/boot").read_text(), 0o755),
        "etc/lab/migctl": ((LAB_DIR / "dom0/migctl").read_text(), 0o755),
        "etc/lab/modules": ("\n".join(DOM0_MODULES) + "\n", 0o644),
        "etc/migctl/migctl.conf": ("security = none\n" + slow_limits(), 0o644),
    }


def slow_limits():
    """The limits of migctl that slow hosts would run into: their defaults, stretched."""
    return f"silence-limit = {patient(10)}\nscript-limit = {patient(40)}\n" if SLOW > 1 else ""


def write(path, content, mode):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)
