"""The contract of file exchange (integration-mes.md §4): claim, read, apply, acknowledge, put away; whatever dies in between goes on.

<root>/            the sender writes here            work/   claimed by us
processed/yyyy/mm  taken                             error/  refused, with <name>.error.json
out/               <name>.ack.json: what became of it
"""

from __future__ import annotations

import datetime as dt
import fnmatch
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from connectors.inbox.sweep import FILE
from connectors.models import InboxMessage, Intake, IntakeState, Interface
from qms.lib.clock import now
from qms.lib.errors import NotNow

from . import alarms, formats, intake, memory, naming, objects
from .base import MOST_BYTES, Bad, Format
from .intake import Result
from .place import Entry, Place

PER_LOOK = 50
SIDE = (".part", ".tmp", ".sha256", ".done", ".ok")
FOLDERS = ("work", "processed", "error", "out")


@dataclass(frozen=True)
class Contract:
    """What was agreed with the sender. `ready`: rename, marker (.done or .ok beside it), stable (as before, for so many seconds).

    `whole`: a file with one refused row is refused. `file_by`: HH:MM in the interface's zone, by when one is due each day."""

    pattern: str = "*"
    strict_names: bool = False
    ready: str = "rename"
    stable_seconds: int = 10
    checksum: bool = False
    whole: bool = False
    most_bytes: int = MOST_BYTES
    file_by: str = ""
    stuck_minutes: int = 30

    @classmethod
    def of(cls, told: dict[str, Any]) -> Contract:
        known = {k: v for k, v in told.items() if k in cls.__dataclass_fields__ and v not in (None, "")}
        return cls(**known)


@dataclass
class Look:
    """One look into the place."""

    interface: Interface
    place: Place
    contract: Contract
    form: Format
    done: int = 0
    off: NotNow | None = None
    here: dict[str, Entry] = field(default_factory=dict)


def look(interface: Interface, place: Place) -> int:
    """Take what is ready; returns how many files were taken or refused. Raises NotNow in the end, when something is there of
    which the flow is off: it was left as it lies."""
    told = interface.settings
    this = Look(interface, place, Contract.of(told), Format.of(told))
    for folder in FOLDERS:
        place.ensure(folder)
    _left(this)
    _again(this)
    this.here = {one.name: one for one in place.entries("") if not one.is_folder and not one.name.startswith(".")}
    for name in _ready(this):
        _claim(this, name)
    _watch(this)
    if this.off:
        raise this.off
    return this.done


# --- which ------------------------------------------------------------------------------------------------------------


def _ready(this: Look) -> list[str]:
    seen = memory.recall(this.interface, "looks") if this.contract.ready == "stable" else {}
    looks: dict[str, list[Any]] = {}
    found = []
    for name, one in this.here.items():
        if name.lower().endswith(SIDE) or not fnmatch.fnmatch(name, this.contract.pattern):
            continue
        if _is_ready(this, one, seen, looks) and not _waits(this, name):
            found.append(name)
    if this.contract.ready == "stable":
        memory.keep(this.interface, "looks", looks)
    return sorted(found, key=naming.order)[:PER_LOOK]


def _is_ready(this: Look, one: Entry, seen: dict[str, Any], looks: dict[str, list[Any]]) -> bool:
    if this.contract.checksum and f"{one.name}.sha256" not in this.here:
        return False
    if this.contract.ready == "marker":
        return any(
            f"{base}{end}" in this.here for base in (one.name, one.name.rpartition(".")[0]) for end in (".done", ".ok")
        )
    if this.contract.ready != "stable":
        return True
    moment = now().timestamp()
    size, changed, since = seen.get(one.name, [None, None, moment])
    if (size, changed) != (one.size, one.changed):
        since = moment
    looks[one.name] = [one.size, one.changed, since]
    return moment - since >= this.contract.stable_seconds and (size, changed) == (one.size, one.changed)


def _waits(this: Look, name: str) -> bool:
    """Whether its flow is off."""
    try:
        objects.check_on(this.interface, objects.of_file(this.form, name).type)
    except NotNow as off:
        this.off = off
        return True
    except Bad:  # its name; it is refused as any other
        return False
    return False


# --- one file ---------------------------------------------------------------------------------------------------------


def _claim(this: Look, name: str) -> None:
    """The rename is the claim: of two that try, one finds it gone."""
    one = this.here[name]
    try:
        if not one.is_plain:
            _refuse_link(this, name)
            return
        for side in (f"{name}.sha256",):
            if side in this.here:
                this.place.move(side, f"work/{_free(this, 'work', side)}")
        this.place.move(name, f"work/{name}")
    except FileNotFoundError:
        return
    for base in (name, name.rpartition(".")[0]):
        for end in (".done", ".ok"):
            if base and f"{base}{end}" in this.here:
                this.place.remove(f"{base}{end}")
    work(this, name)


def _refuse_link(this: Look, name: str) -> None:
    this.place.move(name, f"error/{_free(this, 'error', name)}")
    held = intake.begin(this.interface, name)
    result = intake.bad(Bad("link"))
    message = intake.keep_raw(this.interface, name=name, body=b"", sha256=f"link:{held.uid}", headers={})
    _conclude(this, name, held, result, message.id)
    this.done += 1


def work(this: Look, name: str) -> None:
    """A claimed file: kept raw, read, applied, acknowledged, put away."""
    this.done += 1
    try:
        body = this.place.read(f"work/{name}", this.contract.most_bytes)
    except Bad as problem:
        held = intake.begin(this.interface, name)
        message = intake.keep_raw(this.interface, name=name, body=b"", sha256=f"unread:{held.uid}", headers={})
        _conclude(this, name, held, intake.bad(problem), message.id)
        return
    sha256 = hashlib.sha256(body).hexdigest()
    row = intake.keep_raw(this.interface, name=name, body=body, sha256=sha256, headers={})
    held = intake.begin(
        this.interface, name, sha256=sha256, size=len(body), sequence=naming.sequence(name), message_id=row.id
    )
    at = row.received_at
    if row.state == "REJECTED":  # refused before; settings or sender were mended since, and it is news once more
        intake.reopen(row.id)
        at = now()
    elif not row.is_new and row.state != "NEW":
        earlier = Intake.objects.filter(message_id=row.id).exclude(pk=held.pk).order_by("-pk").first()
        _answer(this, name, Result(numbers=earlier.numbers if earlier else []), "duplicate", sha256)
        _put_away(this, name, "processed")
        intake.finish(held, Result(), state=IntakeState.DUPLICATE)
        return
    result = _read(this, name, body, sha256, held, at)
    _conclude(this, name, held, result, row.id)


def _read(this: Look, name: str, body: bytes, sha256: str, held: Intake, at: dt.datetime) -> Result:
    try:
        _check(this, name, body, sha256, held)
    except Bad as problem:
        return intake.bad(problem)
    return _reread(this, name, body, sha256, at)


def _check(this: Look, name: str, body: bytes, sha256: str, held: Intake) -> None:
    if this.contract.strict_names and not naming.known(name):
        raise Bad("bad_name")
    if (told := _told_hash(this, name)) and told != sha256:
        raise Bad("hash_differs")
    same = Intake.objects.filter(interface=this.interface, name=name).exclude(sha256__in=("", sha256))
    if same.exclude(pk=held.pk).exists():
        raise Bad("same_name")


def _told_hash(this: Look, name: str) -> str:
    try:
        text = this.place.read(f"work/{name}.sha256", 4096).decode("ascii", "replace")
    except FileNotFoundError:
        if this.contract.checksum:
            raise Bad("hash_missing") from None
        return ""
    found = re.match(r"\s*([0-9a-fA-F]{64})\b", text)
    return found[1].lower() if found else "none"


def _conclude(this: Look, name: str, held: Intake, result: Result, message_id: int) -> None:
    """The answer lies there and the file is put away before the database says so: whoever dies does it once more."""
    _answer(this, name, result, "rejected" if result.bad else "accepted", held.sha256)
    if result.bad or result.wrong:
        _report(this, name, result)
    _put_away(this, name, "error" if result.bad else "processed")
    intake.finish_raw(message_id, result)
    Intake.objects.filter(pk=held.pk).update(message_id=message_id)
    intake.finish(held, result)
    naming.follow(this.interface, name)


def _answer(this: Look, name: str, result: Result, status: str, sha256: str) -> None:
    told = {
        "file": name,
        "sha256": sha256,
        "status": status,
        "accepted": result.taken,
        "created": result.counts.get("created", 0),
        "updated": result.counts.get("updated", 0),
        "duplicate": result.counts.get("repeated", 0),
        "waiting": result.counts.get("waiting", 0),
        "rejected": result.counts.get("refused", 0),
        "records": result.numbers,
        "problem": result.bad.plain() if result.bad else None,
        "answered_at": now().isoformat(timespec="seconds"),
    }
    this.place.write(f"out/{name}.ack.json", _json(told))


def _report(this: Look, name: str, result: Result) -> None:
    lines = [one.plain() for one in ([result.bad] if result.bad else []) + result.wrong]
    this.place.write(f"error/{name}.error.json", _json({"file": name, "errors": lines}))


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=1, ensure_ascii=False).encode() + b"\n"


def _put_away(this: Look, name: str, where: str) -> None:
    """`processed` by month. A letter that is tried again has no file in work/ any more; then there is nothing to put away."""
    folder = f"processed/{now():%Y/%m}" if where == "processed" else where
    this.place.ensure(folder)
    for one in (name, f"{name}.sha256"):
        try:
            this.place.move(f"work/{one}", f"{folder}/{_free(this, folder, one)}")
        except FileNotFoundError:
            continue


def _free(this: Look, folder: str, name: str) -> str:
    """A name that is not taken there."""
    taken = {one.name for one in this.place.entries(folder)}
    if name not in taken:
        return name
    return f"{now():%Y%m%dT%H%M%S%f}_{name}"


# --- what was left, what is tried again, what is missing -----------------------------------------------------------


def _left(this: Look) -> None:
    """Files that a dead process had claimed: we hold the lock, so nobody is at work on them."""
    for one in this.place.entries("work"):
        if not one.is_folder and not one.name.lower().endswith(SIDE) and not _waits(this, one.name):
            _close_old(this, one.name)
            try:
                work(this, one.name)
            except (Bad, OSError):
                continue  # the alarm tells of it when it stays


def _close_old(this: Look, name: str) -> None:
    left = Intake.objects.filter(interface=this.interface, name=name, state=IntakeState.WORKING)
    left.filter(finished_at=None).update(state=IntakeState.ERROR, finished_at=now())


def _again(this: Look) -> None:
    """Raw files that a person gave free for another try, or whose process died after the file was put away."""
    rows = InboxMessage.objects.filter(interface=this.interface, message_type=FILE, state="NEW").order_by("pk")
    most = this.done + PER_LOOK
    for message in rows.defer("body"):
        name = str(json.loads(message.headers).get("name", message.message_id))
        if this.done >= most:
            break
        if _waits(this, name):
            continue
        if message.message_id.startswith(("link:", "unread:")):
            intake.finish_raw(message.pk, intake.bad(Bad("link")))
            continue
        this.done += 1
        body = bytes(message.body)
        held = intake.begin(
            this.interface, name, sha256=message.body_sha256, size=len(body), message_id=message.pk,
            sequence=naming.sequence(name),
        )  # fmt: skip
        result = _reread(this, name, body, message.body_sha256, message.received_at)
        _conclude(this, name, held, result, message.pk)


def _reread(this: Look, name: str, body: bytes, sha256: str, at: dt.datetime) -> Result:
    """What it holds, with the settings of now. `at`: when it came first. After a person gave it free, its name and its hash are
    decided about."""
    try:
        with intake.foreseen(this.interface, name):
            form = objects.of_file(this.form, name)
            content = formats.read(body, form)
            return intake.take(
                this.interface, content, form, batch=sha256, whole=this.contract.whole, headers={"file": name}, at=at
            )
    except Bad as problem:
        return intake.bad(problem)


def _watch(this: Look) -> None:
    _watch_work(this, this.place.entries("work"))
    if not this.contract.file_by:
        return
    zone = ZoneInfo(this.interface.settings.get("timezone") or this.interface.site.timezone)
    here = now().astimezone(zone)
    due = dt.datetime.combine(here.date(), dt.time.fromisoformat(this.contract.file_by), zone)
    start = dt.datetime.combine(here.date(), dt.time.min, zone)
    came = Intake.objects.filter(interface=this.interface, started_at__gte=start).exclude(state=IntakeState.DUPLICATE)
    if came.exists():
        alarms.over(this.interface, "late")
    elif here > due and not this.off:
        alarms.raise_alarm(this.interface, "late", by=f"{due:%Y-%m-%d %H:%M}")


def _watch_work(this: Look, left: Iterable[Entry]) -> None:
    """What a look leaves there could be neither read nor moved."""
    moment, seen = now().timestamp(), memory.recall(this.interface, "work")
    names = {one.name for one in left if not one.name.lower().endswith(SIDE) and not _waits(this, one.name)}
    since = {name: seen.get(name, moment) for name in names}
    if since != seen:
        memory.keep(this.interface, "work", since)
    for name, first in since.items():
        if moment - first > this.contract.stuck_minutes * 60:
            alarms.raise_alarm(this.interface, "stuck", name, file=name, minutes=this.contract.stuck_minutes)
    for alarm in alarms.open_of(this.interface).filter(kind="stuck").exclude(name__in=names):
        alarms.over(this.interface, "stuck", alarm.name)
