// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/json.h"
#include "base/pipe.h"
#include "devicemodel/arguments.h"
#include "devicemodel/process.h"

#define DOM		"/local/domain/%u"
#define LOG_DIR		"/var/log/xen"
#define ASK_MS		10000
#define START_MS	60000
#define LOAD_MS		60000
#define VERSION_MS	20000
#define LOOK_US		2000
#define USER_MAX	4096	/* what is known of one */
#define INCOMING_FD	3	/* in the new process */
#define ROOT_PATH	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Where packages of Xen put it. */
static const char *const places[] = {
	"/usr/libexec/xen-qemu-system-i386", "/usr/lib/xen/bin/qemu-system-i386",
	"/usr/lib64/xen/bin/qemu-system-i386", "/usr/libexec/xen/bin/qemu-system-i386",
	"/usr/local/lib/xen/bin/qemu-system-i386",
};

static const char *find_program(const char *chosen)
{
	size_t i;

	if (chosen[0])
		return access(chosen, X_OK) ? NULL : chosen;
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (!access(places[i], X_OK))
			return places[i];
	return NULL;
}

struct question {
	const char *program;
	int answer;
};

static int ask_version(void *arg)
{
	const struct question *q = arg;
	char *argv[] = { (char *)q->program, "--version", NULL }, *envp[] = { ROOT_PATH, NULL };

	dup2(open("/dev/null", O_RDWR), 0);
	dup2(q->answer, 1);
	dup2(0, 2);
	return child_become(argv, envp, 3);
}

/* What a program says when it is asked for its version: into @text, which is ended. */
static int run_for_version(const char *program, char *text, size_t size)
{
	struct question q = { .program = program };
	int ends[2], rc;
	ssize_t n;

	/* What is said fits into the pipe: it is read when all was said. */
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	q.answer = ends[1];
	rc = child_run("migctl-version", ask_version, &q, clock_ms() + VERSION_MS);
	close(ends[1]);
	n = read(ends[0], text, size - 1);
	text[n > 0 ? n : 0] = '\0';
	close(ends[0]);
	return rc;
}

/* "QEMU emulator version 7.2.22 (Debian 1:7.2...)" */
static bool read_version(const char *program, struct device_model *here)
{
	static const char words[] = "QEMU emulator version ";
	char text[512], *at;

	memset(here, 0, sizeof(*here));
	if (run_for_version(program, text, sizeof(text)))
		return false;
	at = strstr(text, words);
	if (!at || sscanf(at + strlen(words), "%u.%u", &here->major, &here->minor) != 2)
		return false;
	at += strlen(words);
	at[strcspn(at, "\n")] = '\0';
	snprintf(here->version, sizeof(here->version), "%.95s", at);
	error_printable(here->version);
	return true;
}

static void against(struct findings *f, const char *fmt, const char *what)
{
	findings_add(f, VERDICT_AGAINST, "device model", fmt, what);
}

static void admit_version(const struct device_model *dm, const char *chosen, struct findings *f)
{
	const char *program = find_program(chosen);
	struct device_model *here = malloc(sizeof(*here));

	if (!here || !program)
		findings_add(f, VERDICT_AGAINST, "device model",
			     "There is no device model there%s%s, and the guest's is QEMU %s: install the one of the source (Debian: qemu-system-xen).",
			     chosen[0] ? " at " : "", chosen, dm->version);
	else if (!read_version(program, here))
		against(f, "The device model there (%s) does not say which version it is.",
			program);
	else if (here->major != dm->major || here->minor != dm->minor)
		findings_add(f, VERDICT_AGAINST, "device model",
			     "The device model there is QEMU %s and the guest's is QEMU %s, between which state cannot be moved: install one version at both hosts.",
			     here->version, dm->version);
	else
		findings_add(f, VERDICT_FITS, "device model", "QEMU %s there, %s at the source.",
			     here->version, dm->version);
	free(here);
}

static bool find_user(const char *name, struct passwd *user, char room[USER_MAX])
{
	struct passwd *found = NULL;

	return !getpwnam_r(name, user, room, USER_MAX, &found) && found;
}

/* The user of a device model that is confined to one of its own: libxl has one for each id. */
static void find_range_user(struct dm_site *site)
{
	struct passwd user;
	char room[USER_MAX];

	if (find_user("xen-qemuuser-range-base", &user, room))
		snprintf(site->range_user, sizeof(site->range_user), "%u:%u",
			 (unsigned int)user.pw_uid + site->domid, (unsigned int)user.pw_gid);
}

static void admit_arguments(const struct dm_arguments *args, struct findings *f)
{
	struct passwd user;
	char room[USER_MAX];
	struct stat st;
	unsigned int i;

	for (i = 0; i < args->file_count; i++)
		if (stat(args->files[i], &st) || !S_ISREG(st.st_mode))
			against(f, "The file %s, which the guest's device model reads when it starts, is missing there: copy it.",
				args->files[i]);
	if (args->user[0] && !args->own_user && !find_user(args->user, &user, room))
		against(f, "The guest's device model runs as the user %s, whom there is not there: create that user.",
			args->user);
}

static const char *bad_form(const struct offer *offer)
{
	const struct device_model *dm = &offer->device_model;

	if (!dm->args_len || !dm->version[0])
		return "The guest's device model is not described: the versions of migctl do not fit.";
	return NULL;
}

/**
 * dm_process_admit() - whether the device model of a guest can be had at this host
 * @offer: the guest
 * @program: path of the one that is to be started, "" for that of this host's Xen
 * @findings: takes what is found
 */
void dm_process_admit(const struct offer *offer, const char *program, struct findings *findings)
{
	struct dm_arguments *args = malloc(sizeof(*args));
	struct device_model dm = offer->device_model;
	struct error err = { 0 };
	struct dm_site site;

	error_printable(dm.version);
	dm_arguments_site(&site, offer, 0);
	find_range_user(&site);
	if (!args)
		error_set(&err, EXIT_FAILED, "Out of memory.");
	else if (bad_form(offer))
		error_set(&err, EXIT_REFUSED, "%s", bad_form(offer));
	else if (!dm_arguments_derive(&dm, &site, args, &err))
		admit_arguments(args, findings);
	if (err.text[0])
		against(findings, "%s", err.text);
	admit_version(&dm, program, findings);
	free(args);
}

static int open_log(const char *name)
{
	char path[sizeof(LOG_DIR) + NAME_LEN + 32];

	snprintf(path, sizeof(path), LOG_DIR "/qemu-dm-%s.log", name);
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
}

/**
 * struct launch - what a new process needs
 * @program: its path
 * @args: its command line
 * @domid: its guest
 * @incoming: what it reads its state from
 * @log: where its output goes
 */
struct launch {
	const char *program;
	struct dm_arguments *args;
	uint32_t domid;
	int incoming;
	int log;
};

/* In the process that is to become the device model. */
static int become(void *arg)
{
	const struct launch *l = arg;
	char domid[32], *argv[DM_ARGUMENTS_MAX + 2] = { (char *)l->program };
	char *envp[] = { ROOT_PATH, domid, "XEN_QEMU_CONSOLE_LIMIT=1048576", NULL };

	memcpy(argv + 1, l->args->argv, (l->args->count + 1) * sizeof(argv[0]));
	snprintf(domid, sizeof(domid), "XEN_DOMAIN_ID=%u", l->domid);
	/* As libxl does it for one that gives up its rights. */
	if (l->args->confined && unshare(CLONE_NEWNS | CLONE_NEWIPC))
		return 126;
	if (dup2(open("/dev/null", O_RDONLY), 0) || dup2(l->log, 1) != 1 || dup2(l->log, 2) != 2)
		return 126;
	if (l->incoming != INCOMING_FD)
		dup2(l->incoming, INCOMING_FD);
	else
		fcntl(INCOMING_FD, F_SETFD, 0);
	return child_become(argv, envp, INCOMING_FD + 1);
}

/* It outlives us and whoever started us. */
static pid_t spawn(struct launch *l)
{
	struct child child;
	int rc = child_start(&child, "migctl-launch", become, l);

	if (rc)
		return rc;
	child_leave(&child);
	return child.pid;
}

static int make_chroot(const struct dm_arguments *args, struct error *err)
{
	if (!args->chroot[0])
		return 0;
	rmdir(args->chroot);
	if (mkdir(args->chroot, 0))
		return error_set(err, EXIT_FAILED,
				 "The directory %s of the guest's device model could not be made: %s.",
				 args->chroot, strerror(errno));
	return 0;
}

static int launch(struct dm_process *p, struct store *s, const struct offer *offer,
		  struct launch *l, struct error *err)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return error_set(err, EXIT_FAILED, "No pipe to the guest's device model.");
	l->log = open_log(offer->name);
	if (l->log < 0) {
		close(ends[0]);
		close(ends[1]);
		return error_set(err, EXIT_FAILED, "No log of the guest's device model in " LOG_DIR ": %s.",
				 strerror(errno));
	}
	l->incoming = ends[0];
	pid = spawn(l);
	close(ends[0]);
	close(l->log);
	p->incoming = ends[1];
	if (pid <= 0)
		return error_set(err, EXIT_FAILED, "The guest's device model %s could not be started: %s.",
				 l->program, strerror(-pid));
	p->pid = pid;
	p->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	/* Whoever clears up finds it by this, and so does xl. */
	s->failed = false;
	store_put_number(s, pid, DM_PID_NODE, p->domid);
	return s->failed ? error_set(err, EXIT_FAILED,
				     "The pid of the guest's device model could not be noted.") : 0;
}

/**
 * dm_process_lives() - has the device model not ended?
 * @p: started
 *
 * Return: false when it has, or was not started.
 */
bool dm_process_lives(const struct dm_process *p)
{
	struct pollfd pfd = { .fd = p->pidfd, .events = POLLIN };

	return p->pidfd >= 0 && poll(&pfd, 1, 0) <= 0;
}

static int has_ended(const struct offer *offer, struct error *err)
{
	error_clear(err);
	return error_set(err, EXIT_FAILED,
			 "The guest's device model has ended: " LOG_DIR "/qemu-dm-%s.log says why.",
			 offer->name);
}

/* Its socket is there some time after its process. */
static int await_socket(struct dm_process *p, const struct offer *offer, struct error *err)
{
	uint64_t until = clock_ms() + START_MS;

	for (;;) {
		error_clear(err);
		if (!qmp_open(&p->qmp, p->domid, until, err))
			return 0;
		qmp_close(&p->qmp);
		if (!dm_process_lives(p))
			return has_ended(offer, err);
		if (clock_ms() >= until)
			return -1;
		usleep(LOOK_US);
	}
}

/* Where its serial port is: xl console goes there. */
static void note_serial(struct dm_process *p, struct store *s, struct error *err)
{
	yajl_val answer, list;
	const char *label, *file;
	size_t i;

	if (qmp_run(&p->qmp, "query-chardev", NULL, -1, clock_ms() + ASK_MS, &answer, err))
		return;
	list = json_at(answer, "return");
	for (i = 0; YAJL_IS_ARRAY(list) && i < YAJL_GET_ARRAY(list)->len; i++) {
		label = json_text(YAJL_GET_ARRAY(list)->values[i], "label");
		file = json_text(YAJL_GET_ARRAY(list)->values[i], "filename");
		if (label && file && !strncmp(label, "serial", 6) && strlen(label) == 7 &&
		    !strncmp(file, "pty:", 4))
			store_put(s, file + 4, DOM "/serial/%s/tty", p->domid, label + 6);
	}
	yajl_tree_free(answer);
}

static void note_vnc(struct dm_process *p, struct store *s, struct error *err)
{
	const char *host, *port;
	yajl_val answer;

	if (qmp_run(&p->qmp, "query-vnc", NULL, -1, clock_ms() + ASK_MS, &answer, err))
		return;
	host = json_text(answer, "return/host");
	port = json_text(answer, "return/service");
	if (YAJL_IS_TRUE(json_at(answer, "return/enabled")) && host && port) {
		store_put(s, host, DOM "/console/vnc-listen", p->domid);
		store_put(s, port, DOM "/console/vnc-port", p->domid);
	}
	yajl_tree_free(answer);
}

/* Without it nobody is let in, since the command line says that there is one. */
static void set_password(struct dm_process *p, struct store *s, const struct offer *offer,
			 struct error *err)
{
	yajl_val tree = offer->json_len ? json_parse(offer->json) : NULL;
	const char *word = json_text(tree, "b_info/type.hvm/vnc/passwd"), *c = word;
	char text[128];

	while (c && (unsigned char)*c >= 0x20 && *c != '"' && *c != '\\')
		c++;
	if (word && *word && !*c && strlen(word) < 64) {
		snprintf(text, sizeof(text), "{\"password\":\"%s\"}", word);
		if (!qmp_run(&p->qmp, "change-vnc-password", text, -1, clock_ms() + ASK_MS, NULL,
			     err))
			store_put(s, word, DOM "/console/vnc-pass", p->domid);
	}
	yajl_tree_free(tree);
}

static int await_inmigrate(struct dm_process *p, struct error *err)
{
	char status[32];

	if (qmp_status(&p->qmp, clock_ms() + ASK_MS, status, sizeof(status), err))
		return -1;
	if (!strcmp(status, "inmigrate"))
		return 0;
	return error_set(err, EXIT_FAILED, "The guest's device model does not wait for its state but is %s.",
			 status);
}

/**
 * dm_process_start() - start a device model that waits for its state
 * @p: filled in; to be left, also when this fails
 * @s: the store
 * @domid: the guest here, with its disks described in xenstore
 * @offer: the guest
 * @program: as for dm_process_admit()
 * @err: why not
 *
 * Whatever becomes of this process it goes on; devicemodel_end() ends it.
 *
 * Return: 0 or -1.
 */
int dm_process_start(struct dm_process *p, struct store *s, uint32_t domid,
		     const struct offer *offer, const char *program, struct error *err)
{
	struct launch l = { .program = find_program(program), .domid = domid };
	struct dm_site site;
	int rc = -1;

	*p = (struct dm_process){ .domid = domid, .pidfd = -1, .incoming = -1, .qmp.fd = -1 };
	devicemodel_end(s, domid);	/* what an earlier domain of that id may have left */
	dm_arguments_site(&site, offer, domid);
	site.incoming = INCOMING_FD;
	find_range_user(&site);
	store_make(s, ACCESS_HOST, domid, DM_NOTE, domid);
	l.args = malloc(sizeof(*l.args));
	if (!l.args || !l.program)
		error_set(err, EXIT_FAILED, "There is no device model here (any more).");
	else if (!dm_arguments_derive(&offer->device_model, &site, l.args, err) &&
		 !make_chroot(l.args, err) && !launch(p, s, offer, &l, err) &&
		 !await_socket(p, offer, err) && !await_inmigrate(p, err))
		rc = 0;
	free(l.args);
	if (rc)
		return -1;
	note_serial(p, s, err);
	note_vnc(p, s, err);
	set_password(p, s, offer, err);
	return err->text[0] ? -1 : 0;
}

static int feed(struct dm_process *p, const struct dm_state *state, uint64_t until)
{
	struct pollfd pfd = { .fd = p->incoming, .events = POLLOUT };
	size_t done = 0;
	ssize_t n;

	fcntl(p->incoming, F_SETFL, O_NONBLOCK);
	while (done < state->len) {
		n = pipe_write(p->incoming, state->octets + done, state->len - done);
		if (n > 0)
			done += n;
		else if (errno != EAGAIN && errno != EINTR)
			return -1;
		else if (poll(&pfd, 1, clock_left(until)) <= 0 && clock_ms() >= until)
			return -1;
	}
	close(p->incoming);
	p->incoming = -1;
	return 0;
}

/**
 * dm_process_load() - let a device model take its state over
 * @p: started
 * @state: of the one at the source
 * @err: why not
 *
 * All memory of the guest must be there: it maps the frames of the screen. Afterwards it
 * has the guest's disks, and stands still until it is told to go on.
 *
 * Return: 0 or -1.
 */
int dm_process_load(struct dm_process *p, const struct dm_state *state, struct error *err)
{
	uint64_t until = clock_ms() + LOAD_MS;
	char status[32];

	fault_point("device-model-loading");
	if (feed(p, state, until))
		return error_set(err, EXIT_FAILED, "The guest's device model did not take its state: its log in " LOG_DIR " says why.");
	for (;;) {
		if (qmp_status(&p->qmp, until, status, sizeof(status), err)) {
			error_clear(err);
			return error_set(err, EXIT_FAILED, "The guest's device model could not load its state: its log in " LOG_DIR " says why.");
		}
		if (!strcmp(status, "paused"))
			return 0;
		if (strcmp(status, "inmigrate") || clock_ms() >= until)
			return error_set(err, EXIT_FAILED, "The guest's device model is %s where it should have loaded its state.",
					 status);
		usleep(LOOK_US);
	}
}

/**
 * dm_process_leave() - let a device model be, as it is
 * @p: started, wholly or not; or zeroed but for its descriptors, -1
 */
void dm_process_leave(struct dm_process *p)
{
	qmp_close(&p->qmp);
	if (p->incoming >= 0)
		close(p->incoming);
	if (p->pidfd >= 0)
		close(p->pidfd);
	p->incoming = -1;
	p->pidfd = -1;
}
