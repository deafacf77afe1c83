# SPDX-License-Identifier: GPL-2.0-or-later
"""Disks move with their guest: what was acknowledged is there, and nothing stale is read or written."""

import re

import pytest
from rig import await_, guests
from rig.cases import long
from rig.guests import Watch
from rig.hosts import ALPHA, BETA, HOSTS, SHARED, write_shared
from rig.moves import Move, move
from rig.traces import Identity, await_unchanged, look_around

FIRST_BLOCKS = 256


@pytest.fixture(scope="module")
def written_disk(lab):
    """The shared disk with something on it that tells it from any other, and a serial number that it has not."""
    write_shared()


@pytest.fixture
def disk_guest(written_disk, new_guest):
    return new_guest(ALPHA, "with-disk", mem=128, fill=16, dirty=2, disk=f"phy:{SHARED},xvda,w")


def verified(guest):
    """Blocks and writes of its disk that it has verified."""
    answer = guest.ask("disk verify", timeout=60)
    match = re.fullmatch(r"ok (\d+) (\d+)", answer)
    assert match, f"{guest}'s disk: {answer}"
    return int(match[1]), int(match[2])


@pytest.mark.parametrize("moves", [2, *long(4)])
def test_writes_survive(disk_guest, moves):
    """A guest that writes 200 blocks a second, each acknowledged past all caches, moves to and fro and finds them."""
    guest = disk_guest
    assert guest.ask("disk 200") == "disk 200"
    watch = Watch(guest)
    before = 0
    for _ in range(moves):
        left = Identity(guest.host, guest)
        move(guest, guest.host.other).assert_live()
        blocks, writes = verified(guest)
        assert writes > before, "it did not go on writing"
        before = writes
        left.await_gone()
    assert blocks == FIRST_BLOCKS
    guest.assert_intact()
    watch.end()
    watch.assert_forward()
    assert guest.host.store(f"/local/domain/0/backend/vbd/{guest.domid()}/51712/state") == "4"


def test_stays_with_its_disk(disk_guest, undo):
    """A move that fails in the pause, after the disk was drained, leaves a guest that goes on writing."""
    guest = disk_guest
    guest.ask("disk 200")
    seen = look_around()
    BETA.sh("mkdir -p /run/migctl/fault; touch /run/migctl/fault/ready")
    undo(lambda: BETA.sh("rm -f /run/migctl/fault/*"))
    under_way = Move(guest, BETA)
    await_(lambda: BETA.run("test", "-e", "/run/migctl/fault/ready.reached").code == 0, 60, "it does not become ready")
    BETA.sh("kill -9 $(cat /run/migctl/fault/ready.reached)")
    BETA.sh("rm -f /run/migctl/fault/*")
    failed = under_way.wait()
    assert failed.code == 1, failed.stderr
    _, before = verified(guest)
    await_(lambda: verified(guest)[1] > before, 20, "it does not go on writing")
    guest.assert_intact()
    await_unchanged(seen)


def test_other_disk(written_disk, new_guest, undo):
    """A disk that is another at the destination, though its path and size are the same, is refused; a person may insist."""
    for host in HOSTS:
        host.sh("dd if=/dev/urandom of=/tmp/disk.img bs=1M count=8 2>/dev/null; losetup /dev/loop7 /tmp/disk.img")
        undo(lambda h=host: h.run("losetup", "-d", "/dev/loop7"))
    guest = new_guest(ALPHA, "other-disk", mem=96, disk="phy:/dev/loop7,xvda,w")
    refused = Move(guest, BETA).wait()
    assert refused.code == 6 and "must be shared" in refused.stderr, refused.stderr
    assert len(refused.complaints) == 1
    guest.assert_goes_on()


@pytest.mark.long
def test_file(new_guest, undo):
    """A disk that is a file of the source's own file system is refused; with --unsafe-storage it moves, through a loop."""
    for host in HOSTS:
        host.sh("truncate -s 16M /var/lib/migctl/disk.img")
        undo(lambda h=host: h.sh("rm -f /var/lib/migctl/disk.img"))
    guest = new_guest(ALPHA, "file-disk", mem=96,
                      disk="format=raw,vdev=xvda,access=rw,backendtype=phy,script=block,target=/var/lib/migctl/disk.img")
    refused = Move(guest, BETA).wait()
    assert refused.code == 6 and "file system of the source alone" in refused.stderr, refused.stderr
    left = Identity(ALPHA, guest)
    move(guest, BETA, "--unsafe-storage")
    left.await_gone()
    assert "/var/lib/migctl/disk.img" in BETA.sh("cat /sys/block/loop*/loop/backing_file 2>/dev/null || true")
    assert "disk.img" not in ALPHA.sh("cat /sys/block/loop*/loop/backing_file 2>/dev/null || true")
    assert guest.ask("disk 50") == "disk 50"
    await_(lambda: verified(guest)[1] > 10, 20, "it does not write")


PARTS = {"xvda": "w", "xvdb": "r", "xvdc": "r"}     # the last one is a CD
PART_SECTORS = 16 << 11


@pytest.fixture
def parts(written_disk, undo):
    """Three disks that both hosts have at the same paths: parts of the shared one."""
    for host in HOSTS:
        for number, name in enumerate(PARTS):
            # There is no udev that would make its node.
            host.sh(f"DM_DISABLE_UDEV=1 dmsetup create part-{name} "
                    f"--table '0 {PART_SECTORS} linear {SHARED} {number * PART_SECTORS}'")
            undo(lambda h=host, n=name: h.run(f"DM_DISABLE_UDEV=1 dmsetup remove --retry part-{n}"))
    return {name: f"/dev/mapper/part-{name}" for name in PARTS}


@pytest.mark.long
def test_several_disks(parts, new_guest):
    """A disk, one that is read only, and a CD move along, each at its place and with its rights."""
    guest = new_guest(ALPHA, "several", mem=112, fill=8, disk=f"phy:{parts['xvda']},xvda,w")
    ALPHA.sh(f"xl block-attach {guest.name} phy:{parts['xvdb']},xvdb,r")
    ALPHA.sh(f"xl block-attach {guest.name} format=raw,vdev=xvdc,access=ro,devtype=cdrom,target={parts['xvdc']}")

    def disks(host):
        home = f"/local/domain/0/backend/vbd/{guest.domid()}"
        found = {}
        for number in host.sh(f"xenstore-list {home}").split():
            back = {key: host.store(f"{home}/{number}/{key}") for key in ("dev", "params", "mode", "device-type", "state")}
            found[back.pop("dev")] = back
        return found

    # Linux takes no CD but in a PV guest; to its host it is a disk of the guest all the same.
    await_(lambda: [one["state"] for one in disks(ALPHA).values()] == ["4", "4", "2"], 30, f"not all are there: {disks(ALPHA)}")
    before = disks(ALPHA)
    assert {name: (one["mode"], one["device-type"]) for name, one in before.items()} == {
        "xvda": ("w", "disk"), "xvdb": ("r", "disk"), "xvdc": ("r", "cdrom")}
    assert guest.ask("disk 50") == "disk 50"
    for host in (BETA, ALPHA):
        _, writes = verified(guest)
        move(guest, host)
        await_(lambda h=host: disks(h) == before, 30, f"the disks were {before} and are {disks(host)}")
        await_(lambda n=writes: verified(guest)[1] > n, 20, "it does not go on writing")
    guest.assert_intact()
    guest.reboot()
    await_(lambda: disks(ALPHA) == before, 30, f"after a reboot the disks are {disks(ALPHA)}")


@pytest.mark.long
def test_file_system(written_disk, new_guest):
    """A file system under writes that are synchronised one by one moves to and fro, and has all of them, in their order."""
    ALPHA.sh(f"mkfs.ext4 -q -F -b 4096 {SHARED} 64M", timeout=60)
    guest = new_guest(ALPHA, "with-files", mem=112, fill=8, disk=f"phy:{SHARED},xvda,w")
    assert guest.ask("files 40") == "files 40"

    def written():
        answer = guest.ask("files verify", timeout=60)
        assert re.fullmatch(r"ok \d+", answer), f"{guest}'s files: {answer}"
        return int(answer.split()[1])

    before = 0
    for _ in range(10):
        await_(lambda n=before: written() > n + 20, 30, "it does not go on writing")
        before = written()
        move(guest, guest.host.other).assert_live()
        assert written() >= before
    guest.assert_intact()
    assert guest.ask("files 0") == "files 0"
    guests.remove(guest)
    # The first one replays the journal of a file system that was never unmounted.
    ALPHA.run("e2fsck", "-y", SHARED)
    checked = ALPHA.run("e2fsck", "-fn", SHARED)
    assert checked.code == 0, f"the file system is damaged: {checked}"
