// SPDX-License-Identifier: GPL-2.0-or-later
/* Command lines of device models: what becomes of them at another host, and what is refused by name. */
#include <stdlib.h>

#include "harness.h"

#include "devicemodel/arguments.h"

#define ROWS(table)	(sizeof(table) / sizeof((table)[0]))

static const struct vbd disks[] = {
	{ .params = "/dev/vdb" }, { .params = "/srv/a b.img" },
};
static const struct vif nics[] = {
	{ .devid = 0, .type = "vif_ioemu" }, { .devid = 1, .type = "vif_ioemu", .vifname = "web1" },
};
static struct device_model dm;
static struct dm_arguments words;
static struct error err;
static struct dm_site site = {
	.domid = 31, .name = "web", .range_user = "70031:70000", .incoming = 3,
	.vbds = disks, .vbd_count = ROWS(disks), .vifs = nics, .vif_count = ROWS(nics),
};

/* Words between blanks; "~" stands for a blank within one. */
static void put(const char *line)
{
	char copy[4096], *rest = copy, *word, *c;

	snprintf(copy, sizeof(copy), "%s", line);
	while ((word = strsep(&rest, " "))) {
		for (c = word; *c; c++)
			*c = *c == '~' ? ' ' : *c;
		memcpy(dm.args + dm.args_len, word, strlen(word) + 1);
		dm.args_len += strlen(word) + 1;
	}
}

static int derive(const char *line)
{
	memset(&dm, 0, sizeof(dm));
	error_clear(&err);
	put("-xen-domid 7");
	if (*line)
		put(line);
	return dm_arguments_derive(&dm, &site, &words, &err);
}

/* What is between "-xen-domid 31" and "-S -incoming fd:3". */
static const char *derived(const char *line)
{
	static char text[8192];
	unsigned int i;

	if (derive(line))
		return err.text;
	CHECK(words.count >= 5);
	CHECK_STR(words.argv[0], "-xen-domid");
	CHECK_STR(words.argv[1], "31");
	CHECK_STR(words.argv[words.count - 3], "-S");
	CHECK_STR(words.argv[words.count - 2], "-incoming");
	CHECK_STR(words.argv[words.count - 1], "fd:3");
	CHECK(!words.argv[words.count]);
	text[0] = '\0';
	for (i = 2; i < words.count - 3; i++) {
		strcat(text, text[0] ? " " : "");
		strcat(text, words.argv[i]);
	}
	return text;
}

/* As libxl 4.17 starts it for a guest with a disk, an interface, a serial port and VNC. */
static void test_whole_line(void)
{
	CHECK_STR(derived("-no-shutdown -chardev socket,id=libxl-cmd,path=/var/run/xen/qmp-libxl-7,server=on,wait=off "
			  "-mon chardev=libxl-cmd,mode=control "
			  "-chardev socket,id=libxenstat-cmd,path=/var/run/xen/qmp-libxenstat-7,server=on,wait=off "
			  "-mon chardev=libxenstat-cmd,mode=control -nodefaults -no-user-config -name other "
			  "-vnc 127.0.0.1:0,to=99 -display none -kernel /boot/vmlinuz -initrd /boot/initrd "
			  "-append console=hvc0~quiet -serial pty -device VGA,vgamem_mb=16 -boot order=cda "
			  "-usb -usbdevice tablet -smp 2,maxcpus=2 "
			  "-device e1000,id=nic0,netdev=net0,mac=00:16:3e:00:00:01 "
			  "-netdev type=tap,id=net0,ifname=vif7.0-emu,br=xenbr0,script=no,downscript=no "
			  "-machine xenfv,suppress-vmdesc=on -m 240 "
			  "-drive file=/dev/vdb,if=ide,index=0,media=disk,format=raw,cache=writeback"),
		  "-no-shutdown -chardev socket,id=libxl-cmd,path=/var/run/xen/qmp-libxl-31,server=on,wait=off "
		  "-mon chardev=libxl-cmd,mode=control "
		  "-chardev socket,id=libxenstat-cmd,path=/var/run/xen/qmp-libxenstat-31,server=on,wait=off "
		  "-mon chardev=libxenstat-cmd,mode=control -nodefaults -no-user-config -name web "
		  "-vnc 127.0.0.1:0,to=99 -display none -kernel /boot/vmlinuz -initrd /boot/initrd "
		  "-append console=hvc0 quiet -serial pty -device VGA,vgamem_mb=16 -boot order=cda "
		  "-usb -usbdevice tablet -smp 2,maxcpus=2 "
		  "-device e1000,id=nic0,netdev=net0,mac=00:16:3e:00:00:01 "
		  "-netdev type=tap,id=net0,ifname=vif31.0-emu,br=xenbr0,script=no,downscript=no "
		  "-machine xenfv,suppress-vmdesc=on -m 240 "
		  "-drive file=/dev/vdb,if=ide,index=0,media=disk,format=raw,cache=writeback");
	CHECK_EQ(words.from, 7);
	CHECK_EQ(words.file_count, 2);
	CHECK_STR(words.files[0], "/boot/vmlinuz");
	CHECK_STR(words.files[1], "/boot/initrd");
	CHECK(!words.confined && !words.user[0] && !words.chroot[0]);
}

static void test_rewritten(void)
{
	static const struct {
		const char *from, *to;
	} rows[] = {
		/* One that has come from elsewhere before is started as any other. */
		{ "-S -incoming fd:9", "" },
		/* A socket that libxl had opened for one that is confined. */
		{ "-chardev socket,id=libxl-cmd,fd=12,server=on,wait=off",
		  "-chardev socket,id=libxl-cmd,path=/var/run/xen/qmp-libxl-31,server=on,wait=off" },
		{ "-netdev type=tap,id=net1,ifname=web1-emu,script=no,downscript=no",
		  "-netdev type=tap,id=net1,ifname=web1-emu,script=no,downscript=no" },
		{ "-xen-domid-restrict -chroot /var/run/xen/qemu-root-7 -runas 70007:70000",
		  "-xen-domid-restrict -chroot /var/run/xen/qemu-root-31 -runas 70031:70000" },
		{ "-runas xen-qemuuser-shared", "-runas xen-qemuuser-shared" },
		/* One that is confined cannot open its disks anew, wherever it says that it is. */
		{ "-xen-domid-restrict -drive file=/dev/vdb,if=ide,format=raw",
		  "-xen-domid-restrict -drive file=/dev/vdb,if=ide,format=raw,auto-read-only=off,file.locking=off" },
		{ "-drive file=/dev/vdb,if=ide,format=raw,auto-read-only=off,file.locking=off -xen-domid-restrict",
		  "-drive file=/dev/vdb,if=ide,format=raw,auto-read-only=off,file.locking=off -xen-domid-restrict" },
		{ "-drive file=/srv/a~b.img,if=none,id=ide-832,readonly=on,format=raw",
		  "-drive file=/srv/a b.img,if=none,id=ide-832,readonly=on,format=raw" },
	};
	size_t i;

	for (i = 0; i < ROWS(rows); i++)
		CHECK_STR(derived(rows[i].from), rows[i].to);
	CHECK(!derive(rows[3].from));
	CHECK(words.confined && words.own_user);
	CHECK_STR(words.user, "70031:70000");
	CHECK_STR(words.chroot, "/var/run/xen/qemu-root-31");
	site.name = "a,b";
	CHECK_STR(derived("-name whatever"), "-name a,,b");
	site.name = "web";
}

/* What stands against it is named. */
static void test_refused(void)
{
	static const struct {
		const char *line, *named;
	} rows[] = {
		{ "-device xen-pci-passthrough,hostaddr=0000:01:00.0", "a passed-through PCI device" },
		{ "-device vfio-pci,host=01:00.0", "a passed-through PCI device" },
		{ "-device usb-host,hostbus=1", "a passed-through USB device" },
		{ "-machine xenfv,igd-passthru=on", "a passed-through graphics card" },
		{ "-display sdl", "a window on its host's own screen" },
		{ "-device qxl-vga,vram_size_mb=64", "'-device qxl-vga,vram_size_mb=64'" },
		{ "-spice port=5900", "'-spice'" },
		{ "-device VGA,vgamem_mb=16,romfile=/etc/shadow", "'-device VGA,vgamem_mb=16,romfile=" },
		{ "-serial tcp:10.0.0.1:99", "'-serial tcp:10.0.0.1:99'" },
		{ "-serial file:/etc/passwd", "'-serial file:/etc/passwd'" },
		{ "-vnc unix:/tmp/x", "'-vnc unix:/tmp/x'" },
		{ "-vnc 127.0.0.1:0,websocket=on", "'-vnc 127.0.0.1:0,websocket=on'" },
		{ "-chardev pipe,id=libxl-cmd,path=/x", "'-chardev pipe" },
		{ "-chardev socket,id=mine,path=/x", "'-chardev socket,id=mine" },
		{ "-mon chardev=mine", "'-mon chardev=mine'" },
		{ "-netdev user,id=net0", "'-netdev user,id=net0'" },
		{ "-netdev type=tap,id=net0,ifname=vif7.0-emu,script=/bin/sh,downscript=no", "'-netdev" },
		{ "-netdev type=tap,id=net0,ifname=eth0,script=no,downscript=no", "(eth0)" },
		{ "-netdev type=tap,id=net0,ifname=vif7.1-emu,script=no,downscript=no", "(vif7.1-emu)" },
		{ "-drive file=/dev/sda,if=ide,format=raw", "(/dev/sda)" },
		{ "-drive file=/dev/vdb,if=ide,format=qcow2", "'-drive" },
		{ "-drive file=/dev/vdb,,x,if=ide,format=raw", "'-drive" },
		{ "-drive file=/dev/vdb,format=raw,driver=nbd", "'-drive" },
		{ "-drive file=/dev/vdb,format=raw,file.locking=on", "'-drive" },
		{ "-kernel vmlinuz", "'-kernel vmlinuz'" },
		{ "-chroot /", "'-chroot /'" },
		{ "-chroot /var/run/xen/qemu-root-8", "'-chroot" },
		{ "-runas ../x", "'-runas ../x'" },
		{ "-smp 2,cores=2", "'-smp 2,cores=2'" },
		{ "-m", "'-m'" },
		{ "-m 1G", "'-m 1G'" },
		{ "-xen-domid 8", "'-xen-domid 8'" },
		{ "-monitor stdio", "'-monitor'" },
		{ "--nodefaults", "'--nodefaults'" },
		{ "-plugin /x", "'-plugin'" },
		{ "/dev/sda", "'/dev/sda'" },
	};
	size_t i;

	for (i = 0; i < ROWS(rows); i++) {
		CHECK(derive(rows[i].line));
		CHECK_EQ(err.code, EXIT_REFUSED);
		if (!strstr(err.text, rows[i].named)) {
			CHECK_STR(err.text, rows[i].named);
		}
	}
}

static void test_no_user_of_its_own(void)
{
	char kept[sizeof(site.range_user)];

	strcpy(kept, site.range_user);
	site.range_user[0] = '\0';
	CHECK(derive("-runas 70007:70000"));
	CHECK(strstr(err.text, "xen-qemuuser-range-base"));
	strcpy(site.range_user, kept);
}

/* Whatever comes from a peer. */
static void test_malformed(void)
{
	unsigned int i;

	memset(&dm, 0, sizeof(dm));
	error_clear(&err);
	CHECK(dm_arguments_derive(&dm, &site, &words, &err));
	/* The guest's id comes first: nothing is rewritten without it. */
	error_clear(&err);
	put("-netdev type=tap,id=net0,ifname=vif7.0-emu,script=no,downscript=no");
	CHECK(dm_arguments_derive(&dm, &site, &words, &err));
	/* The last word has no end. */
	CHECK(!derive("-m 240"));
	dm.args[dm.args_len - 1] = '1';
	error_clear(&err);
	CHECK(dm_arguments_derive(&dm, &site, &words, &err));
	dm.args_len = sizeof(dm.args) + 1;
	error_clear(&err);
	CHECK(dm_arguments_derive(&dm, &site, &words, &err));
	/* More words than there is room for. */
	CHECK(!derive(""));
	for (i = 0; i < DM_ARGUMENTS_MAX; i++)
		put("-usb");
	error_clear(&err);
	CHECK(dm_arguments_derive(&dm, &site, &words, &err));
	CHECK(strstr(err.text, "too long"));
}

/* No line, however it is put together, makes more of it than there is room for. */
static void test_any_words(void)
{
	static const char *const pieces[] = {
		"-m", "240", "-device", "VGA,vgamem_mb=16", "-name", "x", "-append", "a=b", "-drive",
		"file=/dev/vdb,format=raw", "-netdev", "type=tap", ",", "=", "", "-chardev",
		"socket,id=libxl-cmd", "-vnc", "none", "-smp", "1,maxcpus", "-kernel", "/x",
		"-xen-domid", "-runas", "1:2", "-incoming", "socket=x,id=libxl-cmd",
	};
	unsigned int round, i;

	for (round = 0; round < 20000; round++) {
		memset(&dm, 0, sizeof(dm));
		error_clear(&err);
		put("-xen-domid 7");
		for (i = any_below(12); i; i--)
			put(pieces[any_below(ROWS(pieces))]);
		if (!dm_arguments_derive(&dm, &site, &words, &err))
			CHECK(!words.argv[words.count] && words.used <= sizeof(words.room));
		else
			CHECK(err.text[0]);
	}
}

static const struct test tests[] = {
	TEST(test_whole_line), TEST(test_rewritten), TEST(test_refused),
	TEST(test_no_user_of_its_own), TEST(test_malformed), TEST(test_any_words),
};

HARNESS_MAIN(tests)
