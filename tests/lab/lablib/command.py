# SPDX-License-Identifier: GPL-2.0-or-later
"""Running other programs: always with a time limit, quiet unless they fail."""

import contextlib
import fcntl
import os
import subprocess
import time

# How many times slower than usual the hosts are: on a kernel that watches itself, or on a busy machine.
SLOW = max(1, int(os.environ.get("XENMIG_SLOW") or 1))


class LabError(Exception):
    """What went wrong and what to do about it, in one sentence."""


def patient(seconds):
    """A limit for hosts as slow as these; lab and tests name what does for ordinary ones."""
    return seconds * SLOW


def run(argv, *, timeout=60, cwd=None, env=None, stdin=None, cure=""):
    """Run a program and return its output; a LabError carries its last words."""
    timeout = patient(timeout)
    try:
        done = subprocess.run(
            argv, cwd=cwd, env=env, timeout=timeout, check=False, text=True,
            input=stdin, stdin=None if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except FileNotFoundError:
        raise LabError(f"{argv[0]} is not installed{cure_clause(cure)}") from None
    except subprocess.TimeoutExpired:
        raise LabError(f"`{brief(argv)}` took longer than {timeout} s{cure_clause(cure)}") from None
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()[-6:]
        raise LabError(f"`{brief(argv)}` failed ({done.returncode}): "
                       + "\n".join(words) + cure_clause(cure))
    return done.stdout


def run_logged(argv, log, *, timeout, env=None, cwd=None, cure=""):
    """Run a long build; its output goes to the file @log, which a failure names."""
    with open(log, "a", encoding="utf-8") as out:
        out.write("$ " + " ".join(map(str, argv)) + "\n")
        out.flush()
        try:
            done = subprocess.run(argv, env=env, cwd=cwd, timeout=timeout, check=False,
                                  stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        except FileNotFoundError:
            raise LabError(f"{argv[0]} is not installed{cure_clause(cure)}") from None
        except subprocess.TimeoutExpired:
            raise LabError(f"{argv[0]} took longer than {timeout} s, see {log}") from None
    if done.returncode:
        raise LabError(f"`{brief(argv)}` failed, see {log}{cure_clause(cure)}")


def brief(argv):
    """A command line short enough for a sentence: what it runs and how it ends."""
    line = " ".join(map(str, argv))
    return line if len(line) <= 120 else f"{line[:50]} ... {line[-60:]}"


def cure_clause(cure):
    return f"; {cure}" if cure else ""


@contextlib.contextmanager
def locked(path, *, timeout=900):
    """Hold the lock file @path, so that two calls do not build or start the same thing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as handle:
        wait_for(lambda: try_lock(handle), timeout, f"another lab command holds {path}", pause=0.1)
        yield


def try_lock(handle):
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False


def wait_for(condition, timeout, complaint, *, pause=0.05):
    """Wait until condition() is true and return it; after @timeout seconds raise @complaint."""
    limit = time.monotonic() + patient(timeout)
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > limit:
            raise LabError(complaint() if callable(complaint) else complaint)
        time.sleep(pause)
