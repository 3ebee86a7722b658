"""Work in a process of its own, with a cap of memory and of silence: what is monstrous ends that process, and not the worker.

Forked, so that nothing has to be loaded again; the child opens a database connection of its own and dies with its parent.
"""

import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.utils.translation import gettext as _

from .errors import Refusal

LISTEN_SECONDS = 5.0  # so often the parent looks up, also when the child says nothing
PR_SET_PDEATHSIG = 1
Tell = Callable[..., None]
Told = Callable[..., None]


@dataclass(frozen=True)
class Cap:
    """`memory` in MiB; `silence` in seconds: how long the work may go without a word of its progress."""

    memory: int
    silence: float


class TooLarge(Refusal):
    """The work took more memory or time than it may; `where` is the last thing that it said."""

    status, code = 422, "too_large"


class Refused(Refusal):
    """The work refused, in words; they are those of its own process."""

    status, code = 409, "refused"


class Broke(RuntimeError):
    """A defect: the child ended with an error that nobody anticipated. Its traceback stands in the worker's log."""


def run(work: Callable[[Tell], Any], *, cap: Cap, told: Told, beat: Callable[[], None] = lambda: None) -> Any:
    """What `work(tell)` returns (plain data). `told(*values)` is called here for each `tell(*values)` there, `beat()` every few
    seconds; what they raise ends the work. Raises TooLarge, Refused, Broke.
    """
    reading, writing = os.pipe()
    with warnings.catch_warnings():  # threads of ours are idle while a worker's task runs
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        os.close(reading)
        _work(work, writing, cap, os.getppid())
    os.close(writing)
    try:
        with os.fdopen(reading, "rb", buffering=0) as line:
            said = _follow(line, cap, told, beat)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)  # it has said all it had to say, or must not go on
        _pid, status = os.waitpid(child, 0)
    return _answer(said, status, cap)


# --- the child


def _work(work: Callable[[Tell], Any], writing: int, cap: Cap, parent: int) -> None:
    """Never returns: nothing of the parent's may be closed, flushed or cleaned up twice."""
    try:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
            signal.signal(number, signal.SIG_DFL)
        _die_with(parent)
        _forget_connections()
        _limit(cap)
        said = _said(work, lambda *values: _write(writing, {"told": values}))
        _write(writing, said)
    finally:
        os._exit(0)


def _die_with(parent: int) -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def _forget_connections() -> None:
    """The parent's sockets stay the parent's: they are let go without a word to the server (psycopg sees the other process)."""
    for alias in connections:
        connections[alias].connection = None
        connections[alias].in_atomic_block = False
        connections[alias].savepoint_ids, connections[alias].atomic_blocks = [], []
        connections[alias].run_on_commit = []


def _limit(cap: Cap) -> None:
    used = _data_now()
    size = used + cap.memory * 1024 * 1024
    _soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (size if hard == resource.RLIM_INFINITY else min(size, hard), hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _data_now() -> int:
    """What the parent holds already is not the work's."""
    with contextlib.suppress(OSError), open("/proc/self/status") as file:
        for line in file:
            if line.startswith("VmData:"):
                return int(line.split()[1]) * 1024
    return 0


def _said(work: Callable[[Tell], Any], tell: Tell) -> dict[str, Any]:
    try:
        return {"made": work(tell)}
    except MemoryError:
        return {"memory": True}
    except Refusal as refusal:
        return {"refused": str(refusal), "code": refusal.code}
    except Exception as error:  # whatever it is, the parent must hear of it; the traceback goes to the log
        traceback.print_exc()
        return {"broke": f"{type(error).__name__}: {error}"[:300]}


def _write(writing: int, value: dict[str, Any]) -> None:
    data = json.dumps(value).encode() + b"\n"
    while data:
        data = data[os.write(writing, data) :]


# --- the parent


def _follow(line: Any, cap: Cap, told: Told, beat: Callable[[], None]) -> dict[str, Any]:
    """The child's last word; {"silent"} when it was silent for too long, {} when it died."""
    last = time.monotonic()
    for message in _messages(line):
        now = time.monotonic()
        if message is None:
            beat()
            if now - last > cap.silence:
                return {"silent": True}
        elif "told" in message:
            last = now
            told(*message["told"])
        else:
            return message
    return {}


def _messages(line: Any) -> Iterator[dict[str, Any] | None]:
    """Each line of the child; None when there was none for a while."""
    rest = b""
    while True:
        if not select.select([line], [], [], LISTEN_SECONDS)[0]:
            yield None
        elif not (piece := line.read(65536)):
            return
        else:
            *whole, rest = (rest + piece).split(b"\n")
            yield from (json.loads(one) for one in whole)


def _answer(said: dict[str, Any], status: int, cap: Cap) -> Any:
    if "made" in said:
        return said["made"]
    if "refused" in said:
        raise Refused(said["refused"], code=said["code"])
    if "broke" in said:
        raise Broke(said["broke"])
    if "silent" in said:
        raise TooLarge(
            _("It went on for more than %(minutes)s minutes without getting further.")
            % {"minutes": max(1, round(cap.silence / 60))}
        )
    if "memory" in said or os.WIFSIGNALED(status):
        raise TooLarge(_("It takes more than %(size)s MB of memory.") % {"size": cap.memory})
    raise Broke(f"the process ended without a word (status {status})")
