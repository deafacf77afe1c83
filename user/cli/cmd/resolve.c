// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/command.h"
#include "guest/autostart-hold.h"
#include "host/host.h"
#include "recovery/recover.h"

#define BUSY_MS		10000

struct decision {
	bool resume;
	bool discard;
	bool runs_there;
	bool is_last;
};

static int writer_of(struct move *m, const char *guest, struct writer **writer, struct error *err)
{
	uint64_t until = clock_ms() + BUSY_MS;
	struct error why = { 0 };
	struct record record;
	bool held;
	int rc;

	if (journal_find_guest(m->journal, guest, &record, &held))
		return error_set(err, EXIT_REFUSED,
			"The journal of this host knows no move of '%s': 'migctl history' shows those it knows.",
			guest);
	/* `migctl serve` may just be asking. */
	do {
		error_clear(&why);
		rc = writer_adopt(m->journal, record.data.move, record.data.side, writer, &why);
		if (rc != -EBUSY)
			break;
		usleep(100000);
	} while (clock_ms() < until);
	if (rc == -EBUSY)
		return error_set(err, EXIT_REFUSED,
			"Another migctl cares for this move: wait for it, or end it first.");
	return rc ? error_set(err, EXIT_FAILED, "%s", why.text) : 0;
}

static int show(const struct record *record, const struct error *why)
{
	const struct record_data *d = &record->data;
	char entry[512];

	printf("%s: %s %s: %s", d->name,
	       d->side == RECORD_SOURCE ? "move to" : "move from", d->peer,
	       record_word(record->state));
	if (d->outcome[0])
		printf(", outcome %s", d->outcome);
	printf("\n");
	if (why->text[0])
		printf("  %s\n", why->text);
	else if (d->reason[0])
		printf("  %s\n", d->reason);
	if (autostart_hold_find(d, entry, sizeof(entry)))
		printf("  Its autostart entry is held back: %s\n", error_printable(entry));
	if (record_settled(record->state))
		return 0;
	if (record->state == RECORD_COMMITTING)
		printf("  The guest is suspended here (domain %u). '--resume' takes it back if %s has not started it; '--discard' gives it up.\n",
		       d->domid, d->peer);
	if (d->side == RECORD_DESTINATION)
		printf("  %s has not said that its copy is gone. '--discard' settles this record if it never will.\n",
		       d->peer);
	return EXIT_UNKNOWN;
}

/* The source will never ask again, a person says; the guest is left as it is. */
static int discard_arrival(struct move *m, struct writer *writer, const struct decision *d,
			   struct error *err)
{
	const struct record *record = writer_record(writer);
	struct domain domain;
	int found = 0;

	if (record->state != RECORD_STARTING && record->state != RECORD_RUNNING)
		return 0;
	if (record->state == RECORD_STARTING && record_same_boot(&record->data, m->host.boot_id))
		found = link_find(m->link, record->data.domid, record->data.guest, &domain, err);
	if (found < 0)
		return -1;
	if (found)
		return error_set(err, EXIT_UNKNOWN,
			"The guest is about to be started here (domain %u): wait for it, or see why it does not run.",
			record->data.domid);
	if (!d->is_last)
		return error_set(err, EXIT_UNKNOWN,
			"%s has not said that its copy is gone: add --even-if-it-is-the-last if it never will.",
			record->data.peer);
	error_clear(err);
	return writer_say(writer, RECORD_DISCARDED, "Settled by hand.", err) ? -1 : 0;
}

static int by_hand(struct move *m, struct writer *writer, const struct decision *d,
		   struct error *err)
{
	const struct record *record = writer_record(writer);

	if (record->data.side == RECORD_DESTINATION)
		return d->discard ? discard_arrival(m, writer, d, err) : 0;
	if (record->state != RECORD_COMMITTING)
		return 0;
	if (d->resume && !d->runs_there)
		return error_set(err, EXIT_UNKNOWN,
			"%s does not say that the guest has not run there, so that resuming it here could make a second copy: look there, and add --even-if-it-runs-there if it does not and never will. (%s)",
			record->data.peer, err->text);
	if (d->discard && !d->is_last)
		return error_set(err, EXIT_UNKNOWN,
			"%s does not say that the guest runs there, so that the copy here may be the only one: add --even-if-it-is-the-last to give it up. (%s)",
			record->data.peer, err->text);
	error_clear(err);
	return d->resume ? recover_resume(m, writer, "resume-by-hand", "Taken back by hand.", err) :
			   recover_discard(m, writer, err);
}

static int resolve(struct move *m, const struct config *config, const char *guest,
		   const struct decision *d, struct error *err)
{
	struct writer *writer;
	int code;

	if (writer_of(m, guest, &writer, err))
		return err->code;
	/* What can be had without a decision is better than one. */
	if (d->resume && writer_record(writer)->state == RECORD_COMMITTING)
		recover_withdraw(m, config, writer, err);
	else
		recover(m, config, writer, err);
	if ((d->resume || d->discard) && by_hand(m, writer, d, err))
		code = command_error(err);
	else
		code = show(writer_record(writer), err);
	writer_close(writer);
	return code;
}

static int begin(const char *guest, const struct decision *d)
{
	struct move m = { .context = command_context, .peer = { .fd = -1 } };
	struct config config;
	struct error err = { 0 };
	struct link *link = NULL;
	int code = -1;

	if (!host_check(&err) && !config_read(&config, &err))
		link = link_open(&err);
	if (link)
		m.context.script_limit = config.script_limit;
	if (link && !move_open(&m, link, &err))
		code = resolve(&m, &config, guest, d, &err);
	move_close(&m);
	return code < 0 ? command_error(&err) : code;
}

static int run_resolve(int argc, char **argv)
{
	static const struct option options[] = {
		{ "resume", no_argument, NULL, 'r' },
		{ "discard", no_argument, NULL, 'd' },
		{ "even-if-it-runs-there", no_argument, NULL, 'e' },
		{ "even-if-it-is-the-last", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct decision d = { 0 };
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'h')
			return command_help(&command_resolve);
		if (opt == '?')
			return command_usage(&command_resolve);
		d.resume |= opt == 'r';
		d.discard |= opt == 'd';
		d.runs_there |= opt == 'e';
		d.is_last |= opt == 'l';
	}
	if (argc - optind != 1 || (d.resume && d.discard) || (d.runs_there && !d.resume) ||
	    (d.is_last && !d.discard))
		return command_usage(&command_resolve);
	return begin(argv[optind], &d);
}

const struct command command_resolve = {
	.name = "resolve",
	.usage = "DOM [--resume [--even-if-it-runs-there] | --discard [--even-if-it-is-the-last]]",
	.help =
"Says what is known of the last move of DOM (a name or a UUID), asks the other\n"
"host for its outcome, and ends the move if that settles it.\n"
"\n"
"  --resume                    take the guest back: it goes on here if the other\n"
"                              host confirms that it has not run there\n"
"  --even-if-it-runs-there     also if it does not; two copies may run then\n"
"  --discard                   destroy the suspended copy here if the guest runs there\n"
"  --even-if-it-is-the-last    also if that is not known; the guest may be lost then\n"
"\n"
"Exit status: 0 settled, 3 still not known, 6 no such move.\n",
	.run = run_resolve,
};
