# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the time of the tests goes: what the main thread was waiting for, by kind.

Kinds nest, and a second counts for the innermost one only: a move's own wait is a
move's, not that of the command that it was started by.
"""

import contextlib
import functools
import threading
import time

_open = []          # kinds that were entered and not left, the innermost last
_since = None
_seconds = {}
_times = {}


def _close_span():
    global _since
    now = time.monotonic()
    if _open:
        _seconds[_open[-1]] = _seconds.get(_open[-1], 0) + now - _since
    _since = now


@contextlib.contextmanager
def spent(kind):
    """What is done within counts for @kind; other threads' time is nobody's."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _close_span()
    _open.append(kind)
    _times[kind] = _times.get(kind, 0) + 1
    try:
        yield
    finally:
        _close_span()
        _open.pop()


def counts_as(kind):
    """The same for all of a function."""
    def decorate(function):
        @functools.wraps(function)
        def wrapped(*arguments, **options):
            with spent(kind):
                return function(*arguments, **options)
        return wrapped
    return decorate


def entries():
    """(kind, seconds, times) of every kind, the longest first."""
    return sorted(((kind, seconds, _times[kind]) for kind, seconds in _seconds.items()), key=lambda entry: -entry[1])
