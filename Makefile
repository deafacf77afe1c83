# SPDX-License-Identifier: GPL-2.0-or-later
# Verbs for people; Kbuild has the module's objects, user/Makefile migctl's.
# FAULT_POINTS=1 builds either with the fault points of the tests (Documentation/testing.rst).

SHELL := /bin/bash
O := $(CURDIR)/build
PYTHON := /usr/bin/python3

# The running kernel's headers, else the newest installed.
KDIR ?= $(firstword $(wildcard /lib/modules/$(shell uname -r)/build) \
	$(shell ls -d /lib/modules/*/build /usr/src/linux-headers-*-amd64 2>/dev/null | sort -rV))

prefix ?= /usr
sbindir ?= $(prefix)/sbin
mandir ?= $(prefix)/share/man
includedir ?= $(prefix)/include
docdir ?= $(prefix)/share/doc/migctl
unitdir ?= /lib/systemd/system
modulesdir ?= /lib/modules/$(shell $(MAKE) -s -C $(KDIR) kernelrelease 2>/dev/null)/updates

.PHONY: all module user install clean spec unit fuzz model faults bench bench-quick check check-all check-debug demo

all: module user

module:
	@test -n "$(KDIR)" || { echo "no kernel headers found: apt install linux-headers-amd64, or give KDIR=" >&2; exit 1; }
	$(MAKE) -C $(KDIR) M=$(CURDIR) W=1 modules

user:
	$(MAKE) -C user O=$(O)

# Regenerate what follows from the netlink specs; commit the result.
GEN = $(PYTHON) Documentation/netlink/gen.py Documentation/netlink/specs
spec:
	$(GEN)/xenmig.yaml uapi > include/uapi/linux/xenmig.h
	$(GEN)/xenmig.yaml header > kmod/netlink/gen.h
	$(GEN)/xenmig.yaml source netlink/gen.h > kmod/netlink/gen.c
	$(GEN)/xenmig-bench.yaml uapi > include/uapi/linux/xenmig-bench.h
	$(GEN)/xenmig-bench.yaml header > kmod/bench/gen.h
	$(GEN)/xenmig-bench.yaml source bench/gen.h > kmod/bench/gen.c

install: all
	@test "$(FAULT_POINTS)" != 1 || { echo "FAULT_POINTS is for tests and is not installed: run make install without it" >&2; exit 1; }
	install -D -m 644 xenmig.ko $(DESTDIR)$(modulesdir)/xenmig.ko
	install -D -m 644 xenmig-bench.ko $(DESTDIR)$(modulesdir)/xenmig-bench.ko
	install -D -m 755 $(O)/migctl $(DESTDIR)$(sbindir)/migctl
	install -D -m 644 Documentation/man/migctl.8 $(DESTDIR)$(mandir)/man8/migctl.8
	install -D -m 644 user/systemd/migctl.service $(DESTDIR)$(unitdir)/migctl.service
	sed -i 's|/usr/sbin/|$(sbindir)/|' $(DESTDIR)$(unitdir)/migctl.service
	install -D -m 644 Documentation/migctl.conf.example $(DESTDIR)$(docdir)/migctl.conf.example
	install -D -m 644 include/uapi/linux/xenmig.h $(DESTDIR)$(includedir)/linux/xenmig.h
	install -D -m 644 include/uapi/linux/xenmig-bench.h $(DESTDIR)$(includedir)/linux/xenmig-bench.h
	test -n "$(DESTDIR)" || depmod -a

unit:
	$(MAKE) -s -C tests/unit check
	$(MAKE) -s -C tests/unit-user check
	$(PYTHON) tests/bench/unit.py
	$(PYTHON) tests/layers --self-test
	$(PYTHON) tests/layers
	$(MAKE) -s -C user O=$(O)
	$(PYTHON) tests/manners $(O)/user

fuzz:
	$(MAKE) -s -C tests/fuzz check
	$(MAKE) -s -C tests/unit-user fuzz

# Every state of the switch-over's model.
model:
	tests/model/run

# Everything that can go wrong, at every place of a move, in a lab; or RANDOM_RUNS=N at random times.
# Goes on where it was interrupted; FAULTS_AFRESH=1 begins anew.
faults:
	tests/faults/run $(if $(RANDOM_RUNS),--random $(RANDOM_RUNS),--all) $(if $(FAULTS_AFRESH),,--resume)

# What a move costs, beside what other tools and the network alone need; prints a table, writes build/bench.json.
bench:
	tests/bench/run $(BENCH)

# The half of it that says most, in 12 minutes.
bench-quick:
	tests/bench/run --quick $(BENCH)

check:
	tests/check

check-all:
	tests/check --all

# On a kernel with KASAN, lockdep and kmemleak, which it builds first.
check-debug:
	tests/check-debug $(PARTS)

demo:
	tests/demo

clean:
	rm -rf $(O)
	test -z "$(KDIR)" || $(MAKE) -C $(KDIR) M=$(CURDIR) clean
