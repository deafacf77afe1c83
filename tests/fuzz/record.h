/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A receiver of the stream that keeps nothing and checks everything. */
#ifndef _FUZZ_RECORD_H
#define _FUZZ_RECORD_H

#include <linux/types.h>

#define FUZZ_MAX_GFN	0xfffffULL

/*
 * Read a stream of @size octets until it ends, breaks off or is refused.
 * Aborts when the decoder accepts what it must not. Returns true if the
 * stream was accepted up to and with its END record.
 */
bool receive(const u8 *stream, size_t size);

#endif
