"""A record printed: PDF/A by Typst, from data alone (user text is never markup), in the language of the reader."""

import json
import subprocess
import sys
import zoneinfo
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import noto_cjk_sans_otc
from django.apps import apps
from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from qms.accounts.roles import ROLES
from qms.journal import queries as trail
from qms.journal import wording
from qms.lib.apart import TooLarge
from qms.lib.listed import listed
from qms.records.models import Attachment, Comment
from qms.records.queries import keeping
from qms.records.told import is_told, moment, said, stamp
from qms.signatures.models import Signature, Withdrawal

from .content import Content

TEMPLATE = Path(settings.BASE_DIR) / "templates" / "pdf" / "record.typ"
FONTS = Path(noto_cjk_sans_otc.FONT_PATH).parent
STANDARD = "a-2b"
PRESS, TOO_LARGE = Path(__file__).with_name("press.py"), 3  # not imported: Typst is loaded there alone
LINES = 5_000
OWN_PARTS = {model._meta.label_lower for model in (Attachment, Comment, Signature, Withdrawal)}
# Record type → (title, SVG) of what is drawn on its page; higher rooms put theirs in.
PICTURES: dict[str, Callable[[Any], Iterable[tuple[str, str]]]] = {}
LONG = 70  # characters from which a value gets a line of its own


@dataclass
class Fact:
    """A column in words. `changes` is shaped as a line of the timeline, so that keys become names in one query per table."""

    label: str
    changed: bool
    changes: list[tuple[Any, Any, Any]] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        value = said(self.changes[0][1])
        return {"label": self.label, "value": value, "changed": self.changed}


def pdf(found: Content, order: Any) -> bytes:
    """Bytes that depend on the content and the order alone (no clock of this machine)."""
    with translation.override(order.language), timezone.override(zoneinfo.ZoneInfo(order.timezone)):
        data = document(found, order)
    return pressed(data, order)


def pressed(data: dict[str, Any], order: Any, *, template: Path = TEMPLATE) -> bytes:
    """By the press, a process of its own. Raises TooLarge for what takes more memory or time than a print may."""
    asked = {"at": order.at.replace(microsecond=0).isoformat(), "data": json.dumps(data, ensure_ascii=False)}
    asked |= {"fonts": str(FONTS), "standard": STANDARD, "template": str(template)}
    size, seconds = settings.PRINT_MEMORY_MB, settings.PRINT_SECONDS
    command = [sys.executable, str(PRESS), str(size), str(seconds)]
    try:
        done = subprocess.run(
            command, input=json.dumps(asked).encode(), capture_output=True, check=False, timeout=2 * seconds
        )
    except subprocess.TimeoutExpired:
        done = None
    if done is None or done.returncode < 0 or done.returncode == TOO_LARGE:  # killed, or aborted at its limit
        raise TooLarge(
            _("Its print takes more than %(size)s MB of memory or %(seconds)s s of time.")
            % {"size": size, "seconds": seconds}
        )
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace").strip().rpartition("\n")[2])
    return done.stdout


def check_font() -> None:
    """Raises OSError without the font that prints both languages."""
    with open(noto_cjk_sans_otc.FONT_PATH, "rb") as file:
        if file.read(4) not in (b"ttcf", b"OTTO"):
            raise OSError("no font")


def document(found: Content, order: Any) -> dict[str, Any]:
    """Everything that the template shows, in words."""
    record, changed = found.record, touched(found)
    parts = list(_parts(found, changed))
    own = facts(type(record), _row(found, record), changed)
    name_keys([*own, *(fact for part in parts for row in part["rows"] for fact in row["facts"])])
    for part in parts:
        part["rows"] = [{"title": row["title"], **divided(row["facts"])} for row in part["rows"]]
    zh = order.language.startswith("zh")
    kept = divided(own)
    kept["facts"] = [*kept["facts"], *_keeping(record)]
    return {
        **kept,
        "any_changed": any(fact.changed for fact in own),
        "comments": [{"at": moment(c.at), "by": c.by.full_name, "text": c.text} for c in _comments(found)],
        "files": [_file(file, found) for file in found.attachments],
        "kind": str(record._meta.verbose_name),
        "lang": "zh" if zh else "en",
        "number": record.number,
        "parts": parts,
        "pictures": _pictures(record),
        "printed_at": moment(order.at),
        "printed_by": order.name,
        "region": "cn" if zh else "gb",
        "signatures": [_signature(line) for line in found.signatures],
        "site": str(record.site),
        "state": str(record.get_state_display()),
        "title": str(getattr(record, "title", "")),
        "trail": [_line(line) for line in reversed(trail.timeline(record, limit=LINES))],
        "version": record.version,
        "words": words(),
    }


def _pictures(record: Any) -> list[dict[str, str]]:
    draw = PICTURES.get(record._meta.label_lower)
    return [{"title": str(title), "svg": str(svg)} for title, svg in draw(record)] if draw else []


def _keeping(record: Any) -> list[dict[str, Any]]:
    """Until when the record is kept, and what keeps it longer."""
    found = keeping(record)
    lines = [{"label": _("Retention period"), "value": found.words, "changed": False}]
    if found.holds:
        lines.append({"label": _("Legal hold"), "value": ", ".join(found.holds), "changed": False})
    return lines


def words() -> dict[str, str]:
    return {
        "at": _("When"),
        "attached": _("attached by"),
        "later_file": _("added after the last signature; not part of what was signed"),
        "changed": _("changed since it was first recorded; old values stand in the trail below"),
        "comments": _("Comments"),
        "file": _("File and SHA-256"),
        "files": _("Files"),
        "meaning": _("Meaning and time"),
        "name": _("Printed name"),
        "nobody_signed": _("Nobody has signed yet."),
        "printed_by": _("Printed by"),
        "reason": _("Reason"),
        "signatures": _("Electronic signatures"),
        "signed_with": _("signed with"),
        "signed_what": _("What was signed, and the digest of it"),
        "size": _("Size"),
        "trail": _("Audit trail"),
        "trail_about": _(
            "Times with their distance from UTC. The entries themselves, with proofs, stand in the bundle."
        ),
        "version": _("version"),
        "what": _("What and why"),
        "who": _("Who"),
    }


def touched(found: Content) -> dict[tuple[str, str], set[str]]:
    """(object, key) → columns whose value is another one than at first (Annex 11 §8.2)."""
    columns: dict[tuple[str, str], set[str]] = {}
    for entry in found.entries:
        if entry.kind == "row" and entry.event.endswith(".update"):
            payload = json.loads(entry.payload)
            differing = {name for name, value in payload["new"].items() if payload["old"].get(name) != value}
            columns.setdefault((entry.object_type, entry.object_key), set()).update(differing)
    return columns


def facts(model: Any, row: dict[str, Any], changed: dict[tuple[str, str], set[str]], parent: Any = None) -> list[Fact]:
    """The columns of a row that say something to people, in the order of the model; all of them stand in rows.jsonl."""
    columns = changed.get((row["object"], row["key"]), set())
    made: list[Fact] = []
    for field_ in model._meta.concrete_fields:
        column, raw = field_.column, row["row"].get(field_.column)
        if raw in (None, "", False, []) or not is_told(field_, parent):
            continue
        value = wording.value(model, column, raw)
        label = str(field_.verbose_name)
        made.append(Fact(label[:1].upper() + label[1:], column in columns, [(label, value, None)]))
    return made


def name_keys(facts: Iterable[Fact]) -> None:
    wording.name_people(facts)


def divided(facts: list[Fact]) -> dict[str, Any]:
    """Short values stand in two columns, long ones below them."""
    plain = [fact.plain() for fact in facts]
    return {
        "facts": [one for one in plain if len(one["value"]) <= LONG],
        "texts": [one for one in plain if len(one["value"]) > LONG],
    }


def _row(found: Content, record: Any) -> dict[str, Any]:
    identity = (record._meta.label_lower, str(record.pk))
    return next(row for row in found.rows if (row["object"], row["key"]) == identity)


def _parts(found: Content, changed: dict[tuple[str, str], set[str]]) -> Iterator[dict[str, Any]]:
    own = found.record._meta.label_lower
    for label in sorted({row["object"] for row in found.rows} - OWN_PARTS - {own}):
        model: Any = apps.get_model(label)
        rows = [row for row in found.rows if row["object"] == label]
        named = {str(pk): str(one) for pk, one in model._default_manager.in_bulk([row["key"] for row in rows]).items()}
        made = [
            {"title": named.get(row["key"], row["key"]), "facts": facts(model, row, changed, type(found.record))}
            for row in rows
        ]
        title = str(model._meta.verbose_name)
        yield {"title": title[:1].upper() + title[1:], "rows": made}


def _comments(found: Content) -> Iterable[Comment]:
    keys = found.subjects.get(Comment._meta.label_lower, set())
    return Comment.objects.filter(pk__in=keys).select_related("by").order_by("pk")


def _file(file: Attachment, found: Content) -> dict[str, Any]:
    """`later`: it came after the last signature that counts, and is no part of what was signed."""
    counting = [line.signature.signed_at for line in found.signatures if line.covers]
    later = bool(counting) and (file.record_type, file.record_key) == _named(found.record) and file.at > max(counting)
    size = _("%(size)s bytes") % {"size": number_format(file.size, force_grouping=True)}
    return {
        "at": moment(file.at),
        "by": file.by.full_name,
        "later": later,
        "name": file.name,
        "sha256": file.sha256,
        "size": size,
    }


def _signature(line: Any) -> dict[str, Any]:
    made = line.signature
    local = made.signed_at.astimezone(zoneinfo.ZoneInfo(made.timezone))
    gone = made.taken_back
    return {
        "at": f"{stamp(local)} {made.timezone}",
        "comment": made.comment,
        "components": listed(str(word) for word in made.component_words),
        "covers": str(line.words),
        "flags": [str(word) for word in made.flag_words],
        "withdrawn": gone
        and _("Withdrawn by %(name)s, %(when)s: %(reason)s")
        % {"name": gone.by_name, "when": gone.when, "reason": gone.reason},
        "digest": made.digest,
        "meaning": made.get_meaning_display(),
        "roles": role_words(made.signer_roles.split(",")),
        "sentence": made.sentence,
        "signer": made.signer_name,
        "version": made.record_version,
    }


def _line(line: trail.Line) -> dict[str, Any]:
    changes = [{"label": str(label), "old": said(old), "new": said(new)} for label, old, new in line.changes]
    role = role_words(line.actor_role.split(","))
    told = {"reason": line.reason, "role": role, "sentence": line.sentence, "who": line.actor_name}
    return {**told, "at": moment(line.at), "changes": changes}


def _named(record: Any) -> tuple[str, str]:
    return record._meta.label_lower, str(record.pk)


def role_words(codes: Iterable[str]) -> str:
    return listed(str(ROLES.get(code, code)) for code in codes if code)
