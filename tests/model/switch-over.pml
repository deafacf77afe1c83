/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The switch-over of one move, as Documentation/model.rst describes it: two
 * hosts, their modules, journals and controllers, the network between them, two
 * people, and everything that can go wrong. One option of the loop is one step
 * that nothing interrupts; between any two steps a host may lose its power and a
 * controller may be killed. What a controller knows and no journal has, is in its
 * program counter and gone with it.
 *
 * Bounds and variants are defined by tests/model/run, as are the mutations M_*,
 * each of which breaks one rule.
 */

#ifndef CRASHES
#define CRASHES 2	/* power losses, of either host */
#endif
#ifndef KILLS
#define KILLS 2		/* controllers killed, at either end */
#endif
#ifndef LOSSES
#define LOSSES 1	/* the destination comes back with a journal that is new */
#endif
#ifndef WRITE_FAILS
#define WRITE_FAILS 1	/* the source's "committing" cannot be written */
#endif
#ifndef ASKS
#define ASKS 1		/* `resolve --resume` at the source, before any second word */
#endif
/* SECOND_WORD: people give the second word, whenever they may. */

mtype = {	/* records, of either side */
	none, begun, committing, resuming, destroying, failed, moved, resumed, lost,
	discarded, ready, starting, running, refused, forgotten, closed
};
mtype = {	/* messages; BEGIN stands for HELLO and what follows it, END for the stream's end */
	nil, BEGIN, ACCEPT, END, READY, COMMIT, ABORT, QUERY, RUNNING, REFUSED,
	MAY_HAVE_RUN, FORGET, FORGOTTEN
};
mtype = {	/* a copy of the guest */
	gone, runs, suspended, held, built, kept
};
mtype = {	/* where a controller is */
	dead, over, write, sync,
	hello, wait_accept, hold, wait_ready, go_back, send, wait_answer, resume, destroy, say_forget,
	wait_forgotten, ask, wait_asked, wait_person, destroy_discarded,
	idle, got, unpause, destroy_refused
};
mtype = {	/* the connection that the source uses now */
	closed_both, open_source, open_both
};

/* The source host. */
mtype s_pc = write;
mtype s_next = begun;		/* the record that is being written */
mtype sj = none;		/* its record, as a reader sees it... */
mtype sj_disk = none;		/* ...and as it will be found after a power loss */
mtype s_dom = runs;
bool s_alone;			/* its controller is the one that began the move, and has not said COMMIT */

/* The destination host. */
mtype d_pc = idle;
mtype d_next = nil;
mtype dj = none;
mtype dj_disk = none;
mtype d_dom = gone;
mtype d_msg = nil;		/* the message that is being handled... */
bool d_owes;			/* ...and whether its sender still reads the answer */
bool d_foreign;			/* the journal is not the one that HELLO named */

/* The network. */
mtype conn = closed_both;
bool session;			/* conn is the one that the move began on */
mtype to_d = nil;		/* in flight on conn */
mtype to_s = nil;
/* In flight on connections that the source has closed: may yet arrive, in any order. */
bool late_begin, late_end, late_commit, late_abort, late_query, late_forget;

/* What may still go wrong. */
byte crashes = CRASHES;
byte kills = KILLS;
byte losses = LOSSES;
byte write_fails = WRITE_FAILS;
byte asks = ASKS;
bool calm;			/* nothing goes wrong any more */

/* What happened: no rule may look at these. */
bool s_went_on;			/* the source's copy ran after its state was taken */
bool d_ran;			/* the destination's copy ran */
bool power_took_it;		/* the host with the live copy lost its power */
bool word_resumed;		/* a person's second word started a copy... */
bool word_discarded;		/* ...or gave one up */

bool d_lost_power;

/* Each property has a number, which a violated one says; 0 is the model's own sanity. */
#define must(number, what) \
	if \
	:: (what) \
	:: else -> printf("PROPERTY %d DOES NOT HOLD: line %d\n", number, __LINE__); assert(false) \
	fi

#ifdef STRICT	/* does not forgive the second word: it is to be seen that it matters */
#define two_forgiven	false
#else
#define two_forgiven	word_resumed
#endif

/* 1: no copy starts where the other runs, or ever ran after the two were the same. */
#define only_source	(two_forgiven || (d_dom != runs && !d_ran))
#define only_destination (two_forgiven || (s_dom != runs && !s_went_on))

/* 2: some copy runs, or can be brought to run. */
#define source_can	(s_dom == runs || s_dom == suspended || \
	(s_dom == held && (sj == begun || sj == committing || sj == resuming)))
#define destination_can	(d_dom == runs || (d_dom == kept && dj_disk == starting))
#define recoverable	(source_can || destination_can || power_took_it || word_discarded)

#define may_have_run(j)	(j == starting || j == running || j == forgotten || j == discarded || j == closed)

#define INVARIANT	must(2, recoverable)

/* The source closes its end: what it has sent may still arrive, what it was sent is lost. */
inline source_closes()
{
	if
	:: conn == open_both && to_d == BEGIN -> late_begin = true
	:: conn == open_both && to_d == END -> late_end = true
	:: conn == open_both && to_d == COMMIT -> late_commit = true
	:: conn == open_both && to_d == ABORT -> late_abort = true
	:: conn == open_both && to_d == QUERY -> late_query = true
	:: conn == open_both && to_d == FORGET -> late_forget = true
	:: else
	fi;
	conn = closed_both;
	session = false;
	to_d = nil;
	to_s = nil;
	d_owes = false
}

/* The destination closes every connection that the source no longer uses. */
inline source_is_only_on_conn()
{
	late_begin = false;
	late_end = false;
	late_commit = false;
	late_abort = false;
	late_query = false;
	late_forget = false
}

/* The source's controller sees that its connection is lost. */
inline source_loses()
{
	source_closes();
	if
	:: s_pc == wait_accept -> s_pc = go_back
	/* It has not said COMMIT, and knows that nobody else has: once that is written nobody will. */
	:: s_pc == wait_ready -> source_writes(resuming)
#ifdef M_RESUME_ALONE
	:: s_pc == wait_answer && s_dom == held -> source_writes(resuming)
	:: s_pc == wait_answer && s_dom != held -> s_pc = send
#else
	:: s_pc == wait_answer -> s_pc = send
#endif
	:: s_pc == wait_forgotten -> s_pc = say_forget
	:: s_pc == wait_asked -> s_pc = ask
	:: else
	fi
}

inline destination_closes()
{
	if
	:: conn == open_both -> conn = open_source
	:: else
	fi;
	to_d = nil;
	d_owes = false
}

inline source_sends(message)
{
	if
	:: conn == closed_both -> conn = open_both; to_d = message
	:: conn == open_both -> must(0, to_d == nil); to_d = message
	:: else		/* the other end is closed already */
	fi
}

#define can_send	(conn != closed_both || d_pc != dead)

inline answer(message)
{
	if
	:: d_owes ->
		must(0, conn == open_both && to_s == nil);
		printf("destination answers %e\n", message);
		/* 4: "it did not run" is said of what did not run, and by the journal that knows. */
		must(4, message != REFUSED || !d_ran);
		must(4, message != REFUSED || !d_foreign);
		/* 5: no person is asked unless the destination lost its power. */
		must(5, message != MAY_HAVE_RUN || d_lost_power || word_discarded);
		/* 6: what is said is so. */
		must(6, message != RUNNING || d_dom == runs);
		must(6, message != READY || d_dom == built);
		to_s = message;
		d_owes = false
	:: else
	fi;
	d_pc = idle
}

inline source_writes(record)
{
	s_next = record;
	s_pc = write
}

inline destination_writes(record)
{
	d_next = record;
	d_pc = write
}

/* What the source's controller does next, having its record on disk. */
inline source_goes_on()
{
	if
	:: sj == committing && s_alone && conn != closed_both -> s_pc = wait_ready
	:: sj == committing && s_alone && conn == closed_both -> source_writes(resuming)
	:: sj == committing && !s_alone -> s_pc = send
	:: sj == resuming && s_dom != gone -> s_pc = resume
	:: sj == resuming && s_dom == gone -> source_writes(lost)
	:: sj == destroying -> s_pc = destroy
	:: sj == discarded -> s_pc = destroy_discarded
	:: else -> s_pc = over
	fi
}

inline source_hears_refused()
{
	printf("source hears REFUSED\n");
	to_s = nil;
	must(4, !d_ran);
	if
	:: s_dom == gone -> source_writes(lost)
	:: else -> source_writes(resuming)
	fi
}

/* What a record that says that the guest was started is worth: the hypervisor tells. */
inline answer_started()
{
	if
#ifdef M_ANOTHER_BOOT
	:: dj == running || dj == starting -> to_s = (d_owes -> RUNNING : to_s); d_owes = false; d_pc = idle
#endif
	:: d_dom == kept && dj == starting -> d_pc = unpause
	:: d_dom == runs && dj == starting -> destination_writes(running)
	:: d_dom == runs && dj != starting -> answer(RUNNING)
	:: else -> answer(MAY_HAVE_RUN)
	fi
}

inline answer_without_record()
{
	if
#ifdef M_FOREIGN_REFUSED
	:: d_dom == gone -> destination_writes(refused)
#endif
	:: !d_foreign && d_dom == gone -> destination_writes(refused)
	:: else -> answer(MAY_HAVE_RUN)
	fi
}

#define asks_for_outcome (d_msg == COMMIT || d_msg == ABORT || d_msg == QUERY)

inline destination_handles()
{
	if
	:: d_msg == BEGIN && dj == none -> destination_writes(begun)
	:: d_msg == BEGIN && dj != none -> destination_closes(); d_pc = idle

	:: d_msg == END && dj == begun && d_dom == built -> destination_writes(ready)
	:: d_msg == END && !(dj == begun && d_dom == built) -> d_pc = idle

	:: d_msg == COMMIT && dj == ready ->
#ifndef M_KEEP_LATE
		d_dom = kept;
#endif
#ifdef M_UNPAUSE_EARLY
		d_pc = unpause
#else
		destination_writes(starting)
#endif
	:: d_msg == ABORT && dj == ready ->
#ifdef H_REFUSED_EARLY
		to_s = (d_owes -> REFUSED : to_s);
		d_owes = false;
#endif
#ifdef M_REFUSED_UNWRITTEN
		to_s = (d_owes -> REFUSED : to_s);
		d_owes = false;
		d_pc = idle
#else
		destination_writes(refused)
#endif
	:: d_msg == QUERY && dj == ready -> answer(READY)
	/* Only what is ready is committed on the move's own connection... */
	:: (d_msg == COMMIT || d_msg == QUERY) && dj == begun && session -> must(0, false)
	/* ...on another one the question waits until this end has seen that the former is gone. */
	:: (d_msg == COMMIT || d_msg == QUERY) && dj == begun && !session -> d_dom = gone; destination_writes(failed)
	:: d_msg == ABORT && dj == begun -> d_dom = gone; destination_writes(failed)
#ifdef M_ABORT_STARTED
	:: d_msg == ABORT && (dj == starting || dj == running) -> destination_writes(refused)
#endif
	:: asks_for_outcome && may_have_run(dj) -> answer_started()
	:: asks_for_outcome && (dj == refused || dj == failed) -> answer(REFUSED)
	:: asks_for_outcome && dj == none -> answer_without_record()

	:: d_msg == FORGET && (may_have_run(dj) && dj != forgotten) -> destination_writes(forgotten)
	:: d_msg == FORGET && !(may_have_run(dj) && dj != forgotten) -> answer(FORGOTTEN)
	fi;
	d_msg = nil
}

inline destination_goes_on()
{
	if
	:: dj == begun -> d_dom = built; answer(ACCEPT)
	:: dj == ready -> answer(READY)
	:: dj == starting -> d_pc = unpause
	:: dj == running -> answer(RUNNING)
	:: dj == forgotten -> answer(FORGOTTEN)
	:: (dj == refused || dj == discarded) && d_dom != gone -> d_pc = destroy_refused
	:: (dj == refused || dj == failed) && d_dom == gone -> answer(REFUSED)
	:: dj == discarded && d_dom == gone -> d_pc = idle
	:: dj == closed -> d_pc = idle
	fi
}

inline source_power_lost()
{
	crashes--;
	source_closes();
	/* It had the live copy, unless that was the destination's already. */
	power_took_it = power_took_it || (s_dom != gone && !destination_can);
	s_dom = gone;
	s_next = nil;
	s_pc = dead
}

inline destination_power_lost()
{
	crashes--;
	destination_closes();
	power_took_it = power_took_it || d_dom == runs || (d_dom == kept && !source_can);
	d_dom = gone;
	d_lost_power = true;
	d_next = nil;
	d_msg = nil;
	d_pc = dead
}

#define s_settled	(sj == failed || sj == moved || sj == resumed || sj == lost || sj == discarded || sj == none)
/* The guest was its own host's again, and went with that later. */
#define s_settled_at_home (sj == failed || sj == resumed || sj == none)
#define d_settled	(dj == refused || dj == failed || dj == forgotten || dj == discarded || dj == closed || dj == none)

/* Nothing goes round without the network breaking a connection: that alone is progress. */
#ifdef NP
#define PROGRESS(n)	; progress_##n: skip
#else
#define PROGRESS(n)
#endif

/* Said once, by pan, which counts them. */
#define REACHED(end)	c_code { static int said; if (!said++) printf("END REACHED: " end "\n"); }

active proctype world()
{
	do
	/* The source's controller. */
	:: d_step { s_pc == write ->
		printf("source writes \"%e\"\n", s_next);
		sj = s_next;
		s_next = nil;
		s_pc = sync }
	:: d_step { s_pc == sync ->
		printf("source's \"%e\" is on disk\n", sj);
		sj_disk = sj;
		if
		:: sj == begun -> s_pc = hello
		:: else -> source_goes_on()
		fi }
	/* The write fails; what is on disk and what is seen may differ either way. */
	:: d_step { s_pc == sync && sj == committing && write_fails > 0 && !calm ->
		printf("source's \"committing\" fails, but can be read\n");
		write_fails--;
#ifdef M_UNHOLD_EARLY
		s_dom = runs; s_went_on = true; source_writes(failed);
#else
		source_writes(resuming);
#endif
		}
	:: d_step { s_pc == sync && sj == committing && write_fails > 0 && !calm ->
		printf("source's \"committing\" fails and cannot be read, but is on disk\n");
		write_fails--;
		sj_disk = sj;
		sj = begun;
#ifdef M_UNHOLD_EARLY
		s_dom = runs; s_went_on = true; source_writes(failed);
#else
		source_writes(resuming);
#endif
		}
	:: d_step { s_pc == hello && d_pc != dead ->
		printf("source connects and says BEGIN\n");
		source_sends(BEGIN);
		session = true;
		s_pc = wait_accept }
	:: d_step { s_pc == wait_accept && to_s == ACCEPT ->
		printf("source streams and suspends the guest\n");
		to_s = nil;
		s_dom = suspended;
		s_pc = hold }
	:: d_step { s_pc == hold && conn == closed_both -> s_pc = go_back }
	:: d_step { s_pc == hold && conn != closed_both ->
		printf("HOLD, and source says END\n");
		s_dom = held;
		s_alone = true;
		source_sends(END);
#ifdef M_COMMIT_EARLY
		s_pc = wait_ready
#else
		source_writes(committing)
#endif
		}
	:: d_step { s_pc == wait_ready && to_s == READY ->
		printf("source hears READY\n");
		to_s = nil;
		s_alone = false;
		s_pc = send }
	:: d_step { (s_pc == hello || s_pc == wait_accept || s_pc == hold) && !calm ->
		printf("source cancels\n");
		late_abort = late_abort || s_pc != hello;
		source_closes();
		s_pc = go_back }
	:: d_step { s_pc == wait_ready && !calm ->
		printf("source cancels, having said END\n");
		late_abort = true;
		source_closes();
		source_writes(resuming) }
	:: d_step { s_pc == go_back ->
		printf("source's guest goes on\n");
		s_went_on = s_went_on || s_dom != runs;
		s_dom = runs;
		must(1, only_source);
		source_writes(failed) }

	:: d_step { s_pc == send && can_send ->
		printf("source says COMMIT\n");
		if
		:: to_d == nil -> source_sends(COMMIT)
		:: else
		fi;
#ifdef M_COMMIT_EARLY
		if
		:: sj == begun -> source_writes(committing)
		:: else -> s_pc = wait_answer
		fi
#else
		s_pc = wait_answer
#endif
		}
	:: d_step { (s_pc == wait_answer || s_pc == wait_asked) && to_s == REFUSED ->
		source_hears_refused() }
	:: d_step { (s_pc == wait_answer || s_pc == wait_asked) && to_s == MAY_HAVE_RUN ->
		printf("source hears MAY-HAVE-RUN\n");
		to_s = nil;
#ifdef M_RESUME_IN_DOUBT
		if
		:: s_dom == held -> source_writes(resuming)
		:: else -> source_writes(lost)
		fi
#else
		s_pc = wait_person
#endif
		}
	:: d_step { (s_pc == wait_answer || s_pc == wait_asked) && to_s == RUNNING ->
		printf("source hears RUNNING\n");
		to_s = nil;
#ifdef M_FORGET_EARLY
		source_sends(FORGET);
		source_closes();
#endif
		source_writes(destroying) }
	:: d_step { s_pc == resume ->
		printf("source's guest is resumed\n");
		s_dom = runs;
		s_went_on = true;
		must(1, only_source);
		source_writes(resumed) }
	:: d_step { s_pc == destroy ->
		printf("source destroys its copy\n");
		s_dom = gone;
		INVARIANT;
		s_pc = say_forget }
	:: d_step { s_pc == say_forget && can_send ->
		printf("source says FORGET\n");
		source_sends(FORGET);
		s_pc = wait_forgotten }
	:: d_step { s_pc == wait_forgotten && to_s == FORGOTTEN ->
		printf("source hears FORGOTTEN\n");
		to_s = nil;
		source_writes(moved) }
	:: d_step { s_pc == destroy_discarded ->
		printf("source destroys what was discarded\n");
		s_dom = gone;
		INVARIANT;
		s_pc = over }

	/* The source's daemon finds a record that nobody cares for. */
	:: d_step { s_pc == dead ->
		printf("source's daemon finds \"%e\"\n", sj);
		s_alone = false;
#ifndef M_TRUST_UNSYNCED
		sj_disk = sj;
#endif
		if
		:: sj == begun && s_dom == runs -> source_writes(failed)
		/* HOLD, but no COMMIT: that follows only on a record. */
		:: sj == begun && s_dom == held -> s_pc = go_back
		:: sj == begun && s_dom == gone -> late_abort = true; source_writes(lost)
		:: else -> source_goes_on()
		fi }

	/* A person at the source. What is READY there has to be REFUSED before anything is resumed. */
	:: d_step { (s_pc == send || s_pc == wait_answer || s_pc == wait_person) && asks > 0 && s_dom == held && !calm ->
		printf("person at the source: resolve --resume\n");
		asks--;
		source_closes();
		s_pc = ask }
	:: d_step { s_pc == ask && can_send ->
		printf("source says QUERY\n");
		source_sends(QUERY);
		s_pc = wait_asked }
	:: d_step { s_pc == wait_asked && to_s == READY ->
		to_s = nil;
#ifdef M_RESUME_READY
		printf("source hears READY\n");
		source_writes(resuming)
#else
		printf("source hears READY and says ABORT\n");
		source_sends(ABORT)
#endif
		}
	:: d_step { s_pc == ask ->
		printf("person at the source: there is no answer, then let it be\n");
		s_pc = send }
#ifdef SECOND_WORD
	:: d_step { (s_pc == ask || s_pc == wait_person) && s_dom == held ->
		printf("person at the source: resolve --resume --even-if-it-ran-there\n");
		word_resumed = true;
		source_closes();
		source_writes(resuming) }
	:: d_step { (s_pc == ask || s_pc == send || s_pc == wait_person) ->
		printf("person at the source: resolve --discard, and the second word\n");
		word_discarded = true;
		source_closes();
		source_writes(discarded) }
#endif

	/* The destination's controller, one message at a time. */
	:: d_step { d_pc == idle && conn == open_both && to_d != nil ->
		printf("destination hears %e\n", to_d);
		d_msg = to_d;
		to_d = nil;
		d_owes = true;
		d_pc = got }
	:: d_step { d_pc == idle && late_begin ->
		printf("destination hears a late BEGIN\n");
		late_begin = false; d_msg = BEGIN; d_owes = false; d_pc = got }
	:: d_step { d_pc == idle && late_end ->
		printf("destination hears a late END\n");
		late_end = false; d_msg = END; d_owes = false; d_pc = got }
	:: d_step { d_pc == idle && late_commit ->
		printf("destination hears a late COMMIT\n");
		late_commit = false; d_msg = COMMIT; d_owes = false; d_pc = got }
	:: d_step { d_pc == idle && late_abort ->
		printf("destination hears a late ABORT\n");
		late_abort = false; d_msg = ABORT; d_owes = false; d_pc = got }
	:: d_step { d_pc == idle && late_query ->
		printf("destination hears a late QUERY\n");
		late_query = false; d_msg = QUERY; d_owes = false; d_pc = got }
	:: d_step { d_pc == idle && late_forget ->
		printf("destination hears a late FORGET\n");
		late_forget = false; d_msg = FORGET; d_owes = false; d_pc = got }
	:: d_step { d_pc == got ->
		destination_handles();
		INVARIANT }
	:: d_step { d_pc == write ->
		printf("destination writes \"%e\"\n", d_next);
		dj = d_next;
		d_next = nil;
		if
#ifdef M_STARTING_UNSYNCED
		:: dj == ready || dj == starting -> destination_goes_on()
		:: dj != ready && dj != starting -> d_pc = sync
#else
		/* Lost with the host's power, it leaves "begun", which says the same: it has not run. */
		:: dj == ready -> destination_goes_on()
		:: dj != ready -> d_pc = sync
#endif
		fi }
	:: d_step { d_pc == sync ->
		printf("destination's \"%e\" is on disk\n", dj);
		dj_disk = dj;
		destination_goes_on() }
	:: d_step { d_pc == unpause ->
		printf("destination unpauses its copy\n");
		d_dom = runs;
		d_ran = true;
		must(1, only_destination);
#ifdef M_UNPAUSE_EARLY
		if
		:: dj == ready -> destination_writes(starting)
		:: else -> destination_writes(running)
		fi
#else
		destination_writes(running)
#endif
		}
	:: d_step { d_pc == destroy_refused ->
		printf("destination destroys its copy\n");
		d_dom = gone;
		INVARIANT;
		if
		:: dj == refused -> answer(REFUSED)
		:: else -> d_pc = idle
		fi }
	:: d_step { d_pc == idle && dj == begun && !(session && conn == open_both) ->
		printf("destination sees that the source is gone: destroys its copy\n");
		d_dom = gone;
		destination_writes(failed) }
	:: d_step { d_pc == idle && dj == ready ->
		printf("destination's ready limit is over, or it is cancelled\n");
#ifdef H_DESTROY_EARLY
		d_dom = gone;
#endif
		destination_writes(refused) }
	:: d_step { d_pc == idle && dj != none && !calm &&
#ifdef M_EVICT_UNSETTLED
		d_dom == gone && dj != ready && dj != begun ->
#elif defined(M_EVICT_DISCARDED)
		(((dj == refused || dj == failed || dj == discarded) && d_dom == gone) || dj == forgotten) ->
#else
		(((dj == refused || dj == failed) && d_dom == gone) || dj == forgotten) ->
#endif
		printf("destination evicts \"%e\"\n", dj);
#ifndef M_EVICT_OPEN
		/* What says that it ran goes when no old connection can ask after it any more. */
		if
		:: dj == forgotten -> source_is_only_on_conn()
		:: else
		fi;
#endif
		dj = none;
		dj_disk = none }

	:: d_step { d_pc == dead ->
		printf("destination's daemon finds \"%e\"\n", dj);
#ifndef M_TRUST_UNSYNCED
		dj_disk = dj;
#endif
		if
		:: dj == begun -> destination_writes(failed)
#ifndef M_READY_STAYS
		:: dj == ready -> destination_writes(refused)
#endif
#ifndef M_LEFTOVER
		:: (dj == refused || dj == discarded) && d_dom != gone -> d_pc = destroy_refused
#endif
		:: else -> d_pc = idle
		fi }

	/* A person at the destination, for a record that no FORGET ever comes for. */
#ifndef M_NOBODY_THERE
	:: d_step { d_pc == idle && (dj == starting || dj == running) && d_dom == gone ->
		printf("person at the destination: resolve --discard\n");
		destination_writes(discarded) }
	:: d_step { d_pc == idle && dj == running && d_dom == runs ->
		printf("person at the destination: resolve --resume, it runs\n");
		destination_writes(closed) }
#ifdef SECOND_WORD
	:: d_step { d_pc == idle && (dj == starting || dj == running) && d_dom != gone ->
		printf("person at the destination: resolve --discard, and the second word\n");
		word_discarded = true;
		destination_writes(discarded) }
	:: d_step { d_pc == idle && dj == starting && d_dom == kept ->
		printf("person at the destination: resolve --resume, and the second word\n");
		word_resumed = true;
		d_pc = unpause }
#endif
#endif

	/* What goes wrong. */
	:: d_step { crashes > 0 && !calm && s_pc != over ->
		printf("SOURCE LOSES ITS POWER: on disk is \"%e\"\n", sj_disk);
		sj = sj_disk;
		source_power_lost();
		INVARIANT }
	:: d_step { crashes > 0 && !calm && s_pc != over && sj != sj_disk ->
		printf("SOURCE LOSES ITS POWER: on disk is \"%e\" after all\n", sj);
		sj_disk = sj;
		source_power_lost();
		INVARIANT }
	:: d_step { crashes > 0 && !calm && !(s_pc == over && d_settled) ->
		printf("DESTINATION LOSES ITS POWER: on disk is \"%e\"\n", dj_disk);
		dj = dj_disk;
		destination_power_lost();
		INVARIANT }
	:: d_step { crashes > 0 && !calm && !(s_pc == over && d_settled) && dj != dj_disk ->
		printf("DESTINATION LOSES ITS POWER: on disk is \"%e\" after all\n", dj);
		dj_disk = dj;
		destination_power_lost();
		INVARIANT }
	:: d_step { crashes > 0 && losses > 0 && !calm && s_pc != over && dj != none ->
		printf("DESTINATION LOSES ITS POWER AND ITS JOURNAL\n");
		losses--;
		d_foreign = true;
		dj = none;
		dj_disk = none;
		destination_power_lost();
		INVARIANT }
	:: d_step { kills > 0 && !calm && s_pc != over && s_pc != dead ->
		printf("SOURCE'S CONTROLLER IS KILLED\n");
		kills--;
		source_closes();
		/* Before HOLD its module brings the guest back. */
		s_went_on = s_went_on || s_dom == suspended;
		s_dom = (s_dom == suspended -> runs : s_dom);
		must(1, only_source || s_dom != runs);
		s_next = nil;
		s_pc = dead }
	:: d_step { kills > 0 && !calm && d_pc != dead ->
		printf("DESTINATION'S CONTROLLER IS KILLED\n");
		kills--;
		destination_closes();
		/* Before KEEP its module destroys the copy. */
#ifdef M_KEEP_LATE
		d_dom = (d_dom == built || d_pc == unpause -> gone : d_dom);
#else
		d_dom = (d_dom == built -> gone : d_dom);
#endif
		d_next = nil;
		d_msg = nil;
		d_pc = dead;
		INVARIANT }
	:: d_step { conn == open_both && !calm ->
		printf("the connection breaks, the destination sees it first\n");
		destination_closes() } PROGRESS(1)
	:: d_step { conn != closed_both && !calm ->
		printf("the connection breaks, the source sees it\n");
		source_loses() } PROGRESS(2)
	:: d_step { conn == open_source && to_s == nil ->
		printf("the source sees that its connection is broken\n");
		source_loses() }
	:: d_step { !calm ->
		printf("nothing goes wrong from here on\n");
		calm = true }
	:: d_step { calm && (late_begin || late_end || late_commit || late_abort || late_query || late_forget) ->
		printf("what was late is lost\n");
		source_is_only_on_conn() }

	/* 3: nobody has anything left to do. Then all is settled, and what the records say is true. */
	:: timeout -> break
	od;
	skip;
	d_step {
	printf("the end: source's record \"%e\", its copy %e; destination's record \"%e\", its copy %e\n",
		sj, s_dom, dj, d_dom);
	must(3, d_settled || s_pc == wait_person);
#ifdef SECOND_WORD
	must(3, s_pc == over && s_settled);
#else
	must(3, (s_pc == over && s_settled) || (s_pc == wait_person && sj == committing));
#endif
	must(3, d_dom == gone || d_dom == runs);
	must(3, s_dom == gone || s_dom == runs || s_pc == wait_person);
	/* One copy; or its end is on record, and a guest that has moved is the destination's like any other. */
	must(1, two_forgiven || !(s_dom == runs && d_dom == runs));
	must(2, s_dom == runs || d_dom == runs || s_dom == held || power_took_it || word_discarded);
	must(2, s_dom == runs || d_dom == runs || s_pc == wait_person || s_settled_at_home ||
		sj == lost || sj == discarded || sj == moved || may_have_run(dj));
	/* The records are true. */
	must(6, sj != moved || (d_ran && s_dom == gone && (word_resumed || !s_went_on)));
	must(6, sj != lost || (s_dom == gone && (power_took_it || word_resumed)));
	must(6, sj != discarded || (s_dom == gone && word_discarded));
	must(6, !(dj == refused || dj == failed) || (d_dom == gone && !d_ran));
	must(6, dj != discarded || d_dom == gone);
	must(6, dj != closed || d_ran)
	}
	/* The ends that are to be reached, or the model says nothing. */
#ifdef ENDS
	if
	:: sj == failed && s_dom == runs && dj == failed -> REACHED("failed before ready")
	:: sj == failed && s_dom == runs && dj == refused -> REACHED("failed when ready")
	:: sj == resumed && s_dom == runs && dj == refused && !word_resumed -> REACHED("resumed after REFUSED")
	:: sj == resumed && s_dom == runs && !d_ran && word_resumed && d_foreign -> REACHED("resumed by the second word, the journal there lost")
	:: sj == resumed && s_dom == runs && d_ran && word_resumed && d_dom == gone -> REACHED("resumed by the second word, the copy there gone")
	:: sj == resumed && s_dom == runs && d_dom == runs && word_resumed -> REACHED("resumed by the second word, beside a copy")
	:: sj == moved && d_dom == runs && dj == forgotten && crashes == CRASHES && kills == KILLS -> REACHED("moved")
	:: sj == moved && d_dom == runs && dj == forgotten && crashes == 0 && kills == 0 -> REACHED("moved in spite of all that may go wrong")
	:: sj == moved && d_dom == runs && dj == none -> REACHED("moved, the record there evicted")
	:: sj == moved && d_dom == gone -> REACHED("moved, the host there lost its power")
	:: sj == lost && dj == refused -> REACHED("lost, REFUSED")
	:: sj == lost && dj == none -> REACHED("lost, no record there")
	:: sj == discarded && d_dom == runs && dj == closed -> REACHED("discarded by the second word")
	:: sj == discarded && d_dom == gone && dj == discarded -> REACHED("discarded by the second word, and there is no copy")
	:: else -> skip
	fi
#endif
}
