// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What domains there are, by the hypervisor's word and xenstore's for their names:
 * a line each of "DOMID UUID FLAGS REASON NAME". FLAGS are the letters of `xl
 * list`, '-' for none; REASON is Xen's code of why it shut down, or '-'; a dying
 * domain without a name is "(null)". Under emulation `xl list` takes a third of a
 * second of the processor; this is for who asks all the time.
 *
 *	domains			once
 *	domains MS FILE		every MS milliseconds, between a line "<" and a line ">",
 *				for as long as FILE is there
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenstore.h>

#define DOMAINS_MAX	256

static void put_uuid(const unsigned char *octets)
{
	int i;

	for (i = 0; i < 16; i++)
		printf("%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", octets[i]);
}

static void put_flags(const xc_dominfo_t *d)
{
	char flags[8], *end = flags;

	if (d->running)
		*end++ = 'r';
	if (d->blocked)
		*end++ = 'b';
	if (d->paused)
		*end++ = 'p';
	if (d->shutdown)
		*end++ = 's';
	if (d->crashed)
		*end++ = 'c';
	if (d->dying)
		*end++ = 'd';
	*end = '\0';
	printf(" %s ", end > flags ? flags : "-");
}

static void put_domain(struct xs_handle *store, const xc_dominfo_t *d)
{
	char path[64], *name;

	snprintf(path, sizeof(path), "/local/domain/%u/name", d->domid);
	name = xs_read(store, XBT_NULL, path, NULL);
	printf("%u ", d->domid);
	put_uuid(d->handle);
	put_flags(d);
	if (d->shutdown)
		printf("%u", d->shutdown_reason);
	else
		putchar('-');
	printf(" %s\n", name ? name : "(null)");
	free(name);
}

static int list(xc_interface *xen, struct xs_handle *store)
{
	static xc_dominfo_t domains[DOMAINS_MAX];
	int i, n = xc_domain_getinfo(xen, 0, DOMAINS_MAX, domains);

	for (i = 0; i < n; i++)
		put_domain(store, &domains[i]);
	return n > 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	xc_interface *xen = xc_interface_open(NULL, NULL, 0);
	struct xs_handle *store = xs_open(0);

	if (!xen || !store || (argc != 1 && argc != 3)) {
		fprintf(stderr, "usage: domains [MS FILE], in dom0\n");
		return 2;
	}
	if (argc == 1)
		return list(xen, store);
	while (!access(argv[2], F_OK)) {
		puts("<");
		list(xen, store);
		puts(">");
		if (fflush(stdout))
			return 1;
		usleep(atoi(argv[1]) * 1000);
	}
	return 0;
}
