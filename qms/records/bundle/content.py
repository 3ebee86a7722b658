"""What stands in a record's folder of the bundle, read in one snapshot of the database."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Q

from qms.journal import trail
from qms.journal.models import Entry
from qms.lib import canonical
from qms.records import queries
from qms.records.models import Attachment, Record
from qms.signatures import actions as signatures
from qms.signatures import snapshot

from . import members


@dataclass
class Content:
    """A record as it stands, with every entry of it and of what belongs to it."""

    record: Any
    subjects: members.Keys
    entries: list[Entry] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    signatures: list[queries.SignatureLine] = field(default_factory=list)

    @property
    def folder(self) -> str:
        return f"records/{self.record.number}"


def read(record: Record) -> Content:
    subjects = members.of(record)
    found = Content(record, subjects)
    found.entries = entries(subjects)
    found.rows = [row for label, keys in sorted(subjects.items()) for row in rows(label, keys)]
    files = subjects.get(Attachment._meta.label_lower, set())
    found.attachments = list(Attachment.objects.filter(pk__in=files).select_related("by").order_by("pk"))
    found.signatures = queries.signatures(record)
    return found


def entries(subjects: members.Keys) -> list[Entry]:
    """Every line of the trail about the subjects, in the order it was written."""
    scope = Q(pk__in=[])
    for label, keys in subjects.items():
        scope |= Q(object_type=label, object_key__in=keys)
    return list(Entry.objects.filter(scope).order_by("pk"))


def rows(label: str, keys: set[str]) -> Iterator[dict[str, Any]]:
    """The rows as they stand now, written exactly as the trail writes them."""
    model = apps.get_model(label)
    pk, table = model._meta.pk, model._meta.db_table
    sql = f'SELECT t."{pk.column}"::text, {trail.row_json(model, "t")} FROM "{table}" t WHERE t."{pk.column}" = ANY(%s) ORDER BY 1'
    with connection.cursor() as cursor:
        cursor.execute(sql, [[pk.to_python(key) for key in keys]])
        for key, text in cursor.fetchall():
            yield {"key": key, "object": label, "row": json.loads(text)}


def counted(record: Record) -> list[dict[str, Any]]:
    return counters(Content(record, {}, entries(members.of(record))))


def counters(content: Content) -> list[dict[str, Any]]:
    """How many entries each subject has: with them a verifier sees that none was left out."""
    last: dict[tuple[str, str], int] = {}
    for entry in content.entries:
        last[entry.object_type, entry.object_key] = entry.object_seq
    return [{"entries": seq, "key": key, "object": label} for (label, key), seq in sorted(last.items())]


def versions(content: Content) -> Iterator[dict[str, Any]]:
    """The history of every row, derived from the entries: who changed what from what to what, when and why."""
    acts = {e.act_id: json.loads(e.payload) for e in content.entries if e.kind == "act"}
    for entry in content.entries:
        if entry.kind == "row":
            yield _version(entry, json.loads(entry.payload), acts.get(entry.act_id, {}))


def _version(entry: Entry, payload: dict[str, Any], act: dict[str, Any]) -> dict[str, Any]:
    old, new = payload["old"] or {}, payload["new"] or {}
    changed = {name: [old.get(name), new.get(name)] for name in sorted({*old, *new}) if old.get(name) != new.get(name)}
    return {
        "act": act.get("event", ""),
        "at": canonical.instant(entry.ts),
        "changes": changed,
        "entry": entry.object_seq,
        "key": entry.object_key,
        "object": entry.object_type,
        "op": payload["op"],
        "reason": act.get("reason", ""),
        "who": act.get("who", {}),
    }


def about(content: Content) -> dict[str, Any]:
    """What the record is, and the very text that a signature of it covers."""
    record = content.record
    text = canonical.dumps(signatures.snapshot_of(record))
    return {
        "digest": signatures.digest_of(record),
        "number": record.number,
        "signed": text,
        "site": record.site.code,
        "state": record.state,
        "type": record._meta.label_lower,
        "version": record.version,
    }


def signed(record: Any, line: queries.SignatureLine) -> dict[str, Any]:
    """A signature as 21 CFR 11.50 asks for it: printed name, time, meaning; and the very text that it covers."""
    made = line.signature
    return {
        "comment": made.comment,
        "covers": line.covers,
        "digest": made.digest,
        "signed": canonical.dumps(snapshot.told(record, made)),
        "components": made.components,
        "flags": made.flags,
        "fresh_roles": made.fresh_roles,
        "language": made.language,
        "meaning": made.meaning,
        "roles": made.signer_roles,
        "sentence": made.sentence,
        "signed_at": canonical.instant(made.signed_at),
        "signer": made.signer_name,
        "timezone": made.timezone,
        "uid": str(made.uid),
        "version": made.record_version,
        "withdrawn": withdrawn(made.taken_back) if made.taken_back else None,
    }


def withdrawn(made: Any) -> dict[str, Any]:
    at = canonical.instant(made.withdrawn_at)
    return {"at": at, "by": made.by_name, "reason": made.reason, "timezone": made.timezone}
