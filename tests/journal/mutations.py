"""Eight kinds of damage that somebody with the rights of a superuser can do, each chosen by chance, each with what must be said.

A mutation changes the database it is given (triggers are off) and answers (codes of which one must be found, words that name it).
"""

import random
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.db import DataError, IntegrityError, connection, transaction

from qms.journal import note
from qms.journal.merkle import Range, leaf_hash
from qms.journal.models import Entry, Leaf, Seal
from qms.journal.trail import regulated_models

Told = tuple[set[str], list[str]]
TEXT = {"entry_text", "seal_root"}
TEXTS = ("CharField", "TextField")


def sql(text: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return int(cursor.rowcount)


def some_leaf(chance: random.Random, kind: str = "") -> tuple[int, Entry]:
    """A sealed entry and its place."""
    while True:
        leaf = Leaf.objects.get(leaf_index=chance.randrange(Leaf.objects.count()))
        entry = Entry.objects.get(pk=leaf.entry_id)
        if not kind or entry.kind == kind:
            return leaf.leaf_index, entry


def altered(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text))
    return text[:at] + ("x" if text[at] != "x" else "y") + text[at + 1 :]


def filled(chance: random.Random) -> Any:
    """A regulated model that has rows."""
    return chance.choice([m for m in regulated_models() if m._base_manager.exists()])


def column(model: Any, chance: random.Random) -> str:
    apart = {*model.trail_omit, *model.trail_commit}
    fields = [f for f in model._meta.concrete_fields if f.get_internal_type() in TEXTS and f.name not in apart]
    return str(chance.choice(fields).column)


# --- edit ---

COLUMNS = {
    "kind": "CASE kind WHEN 'act' THEN 'row' ELSE 'act' END",
    "event": "event || 'x'",
    "act_id": "gen_random_uuid()",
    "object_type": "object_type || 'x'",
    "object_key": "object_key || '0'",
    "object_seq": "object_seq + 1",
    "site": "coalesce(site, 0) + 1",
    "actor_id": "actor_id || '1'",
    "schema_version": "schema_version || '0'",
    "ts": "ts + interval '1 hour'",
    "leaf": "sha256('x')",
    "xid": "'1152921504606846976'::xid8",
    "era": "0",
}


def edit_text(chance: random.Random) -> Told:
    """With the entry's own leaf recomputed or not, and the sealed one too."""
    index, entry = some_leaf(chance)
    payload = altered(entry.payload, chance)
    own, sealed = chance.choice([(False, False), (True, False), (True, True)])
    sql("UPDATE journal_entry SET payload = %s WHERE id = %s", payload, entry.pk)
    if own:
        sql("UPDATE journal_entry SET leaf = %s WHERE id = %s", leaf_hash(payload.encode()), entry.pk)
    if sealed:
        sql("UPDATE journal_leaf SET leaf = %s WHERE leaf_index = %s", leaf_hash(payload.encode()), index)
        return {"seal_root"}, []
    return {"entry_text"}, [f"entry {entry.pk} (leaf {index})"]


def edit_column(chance: random.Random) -> Told:
    index, entry = some_leaf(chance)
    name = chance.choice(sorted(COLUMNS))
    sql(f"UPDATE journal_entry SET {name} = {COLUMNS[name]} WHERE id = %s", entry.pk)
    if name in ("xid", "era"):
        return {"seal_span"}, []
    return {"entry_columns", "entry_text"}, [f"entry {entry.pk} (leaf {index})"]


def edit_row(chance: random.Random) -> Told:
    """The row; or an older version; or row and newest version alike, so that they agree."""
    model, table = (found := filled(chance)), found._meta.db_table
    history, name = model.history.model._meta.db_table, column(model, chance)
    pk = chance.choice(list(model._base_manager.values_list("pk", flat=True)))
    where = chance.choice(["row", "version", "both"])
    if where in ("row", "both"):
        sql(f'UPDATE {table} SET "{name}" = left("{name}", 1) || \'~\' WHERE id = %s', pk)
    if where == "both":
        newest = f"SELECT max(history_id) FROM {history} WHERE id = %s"
        sql(f'UPDATE {history} SET "{name}" = left("{name}", 1) || \'~\' WHERE history_id = ({newest})', pk)
    if where == "version":
        first = f"SELECT min(history_id) FROM {history} WHERE id = %s"
        sql(f'UPDATE {history} SET "{name}" = left("{name}", 1) || \'~\' WHERE history_id = ({first})', pk)
    return {"rows_changed", "versions_changed"}, [table, f" {pk}"]


def edit_version(chance: random.Random) -> Told:
    """What stands beside the values of a version: when, whose act, what kind of change, who."""
    model = filled(chance)
    history = model.history.model._meta.db_table
    row = chance.choice(list(model.history.model.objects.values_list("history_id", "id")))
    change = chance.choice(
        [
            "history_date = history_date - interval '1 day'",
            "history_act = gen_random_uuid()",
            "history_user_id = coalesce(history_user_id, 0) + 1",
            "history_type = CASE history_type WHEN '~' THEN '+' ELSE '~' END",
        ]
    )
    sql(f"UPDATE {history} SET {change} WHERE history_id = %s", row[0])
    return {"versions_changed"}, [model._meta.db_table, f" {row[1]}"]


def edit(chance: random.Random) -> Told:
    return chance.choice([edit_text, edit_column, edit_row, edit_version])(chance)


# --- delete, insert, swap, truncate ---


def delete(chance: random.Random) -> Told:
    index, entry = some_leaf(chance)
    model = filled(chance)
    table, history = model._meta.db_table, model.history.model._meta.db_table
    pk = chance.choice(list(model._base_manager.values_list("pk", flat=True)))
    what = chance.choice(["entry", "leaf", "row", "version", "trace"])
    if what == "entry":
        sql("DELETE FROM journal_entry WHERE id = %s", entry.pk)
        return {"entry_gone"}, [f"leaf {index}"]
    if what == "leaf":
        sql("DELETE FROM journal_leaf WHERE leaf_index = %s", index)
        return {"leaf_missing", "seal_root"}, []
    if what == "row":
        sql(f"DELETE FROM {table} WHERE id = %s", pk)
        return {"rows_gone"}, [table, f" {pk}"]
    if what == "version":
        sql(f"DELETE FROM {history} WHERE history_id = (SELECT min(history_id) FROM {history} WHERE id = %s)", pk)
        return {"rows_counted", "rows_changed"}, [table]
    sql(f"DELETE FROM {table} WHERE id = %s", pk)
    sql(f"DELETE FROM {history} WHERE id = %s", pk)
    sql("DELETE FROM journal_entry WHERE object_type = %s AND object_key = %s", model._meta.label_lower, str(pk))
    return {"entry_gone"}, []


FORGED = """INSERT INTO journal_entry (xid, era, ts, leaf, kind, event, act_id, object_type, object_key, object_seq, actor_id,
    schema_version, payload, site) SELECT xid, era, ts, sha256('\\x00'::bytea || convert_to(replace(payload, %s, %s), 'UTF8')),
    kind, event, act_id, object_type, object_key, object_seq, actor_id, schema_version, replace(payload, %s, %s), site
    FROM journal_entry WHERE id = %s RETURNING id"""


def insert(chance: random.Random) -> Told:
    _index, entry = some_leaf(chance, "act")
    model = filled(chance)
    table, history = model._meta.db_table, model.history.model._meta.db_table
    what = chance.choice(["entry", "sealed", "row", "version"])
    if what in ("entry", "sealed"):
        with connection.cursor() as cursor:
            cursor.execute(FORGED, [entry.event, "was.never", entry.event, "was.never", entry.pk])
            forged = cursor.fetchone()[0]
        if what == "entry":
            return {"never_sealed"}, [f"entry {forged}"]
        sql(
            "INSERT INTO journal_leaf SELECT (SELECT count(*) FROM journal_leaf), id, leaf FROM journal_entry WHERE id = %s",
            forged,
        )
        return {"leaves_behind"}, []
    source = history if what == "version" else table
    key = "history_id" if what == "version" else "id"
    names = ", ".join(f'"{f.column}"' for f in _fields(model, what) if f.column != key)
    row = f"SELECT {key} FROM {source} ORDER BY {key} DESC LIMIT 1"
    values = names if what == "version" else ", ".join(_another(model))
    sql(f"INSERT INTO {source} ({key}, {names}) SELECT {key} + 1000000, {values} FROM {source} WHERE {key} = ({row})")
    return ({"rows_counted"} if what == "version" else {"rows_changed"}), [table]


def _fields(model: Any, what: str) -> list[Any]:
    return list((model.history.model if what == "version" else model)._meta.concrete_fields)


def _another(model: Any) -> Iterator[str]:
    """The row's own values, other ones where they must be unique."""
    lawful = {name for rule in model._meta.constraints for name in getattr(rule, "fields", ())}
    for field in model._meta.concrete_fields:
        if field.column == "id":
            continue
        kind, own = field.get_internal_type(), f'"{field.column}"'
        if not (field.unique or field.name in lawful):
            yield own
        elif "UUID" in kind:
            yield "gen_random_uuid()"
        else:
            yield f"reverse({own}) || 'z'" if kind in TEXTS else f"{own} + 1000" if "Integer" in kind else own


def swap(chance: random.Random) -> Told:
    (a, one), (b, other) = some_leaf(chance), some_leaf(chance)
    while one.payload == other.payload or one.pk == other.pk:
        b, other = some_leaf(chance)
    if chance.random() < 0.5:
        sql("UPDATE journal_entry SET payload = %s, leaf = %s WHERE id = %s", other.payload, other.leaf, one.pk)
        sql("UPDATE journal_entry SET payload = %s, leaf = %s WHERE id = %s", one.payload, one.leaf, other.pk)
        return {"entry_text"}, [f"entry {one.pk} (leaf {a})", f"entry {other.pk} (leaf {b})"]
    sql("DELETE FROM journal_leaf WHERE leaf_index IN (%s, %s)", a, b)
    sql("INSERT INTO journal_leaf (leaf_index, entry_id, leaf) VALUES (%s, %s, %s)", a, other.pk, other.leaf)
    sql("INSERT INTO journal_leaf (leaf_index, entry_id, leaf) VALUES (%s, %s, %s)", b, one.pk, one.leaf)
    return {"seal_root"}, []


def truncate(chance: random.Random) -> Told:
    """The end of the trail: seals and leaves of it, and perhaps the entries too."""
    seals = list(Seal.objects.order_by("n"))
    last = chance.choice(seals[:-1])
    if chance.random() < 0.5:
        sql(
            "DELETE FROM journal_entry WHERE id IN (SELECT entry_id FROM journal_leaf WHERE leaf_index >= %s)",
            last.size,
        )
    sql("DELETE FROM journal_leaf WHERE leaf_index >= %s", last.size)
    sql("DELETE FROM journal_seal WHERE n > %s", last.n)
    return {"checkpoint_ahead"}, [str(last.size)]


# --- seals and signatures ---

SEALS: dict[str, tuple[str, set[str]]] = {
    "root": ("root = sha256('x')", {"seal_root"}),
    "prev_root": ("prev_root = sha256('x')", {"seal_order"}),
    "size": ("size = size - 1", {"seal_root"}),
    "frontier": ("frontier = sha256('x')", {"seal_frontier"}),
    "signed_note": ("signed_note = replace(signed_note, 'qms', 'QMS')", {"seal_note"}),
    "number": ("n = n + 1000", {"seal_order"}),
    "era": ("era = era + 1", {"seal_span"}),
    "xid_to": ("xid_to = '3'::xid8", {"seal_span"}),
}


def seal_rewrite(chance: random.Random) -> Told:
    seal = chance.choice(list(Seal.objects.order_by("n")))
    what = chance.choice([*SEALS, "foreign", "gone", "re-signed"])
    if what == "foreign":
        text = note.checkpoint(seal.size, bytes(seal.root))
        signed = note.sign(text, note.private_key("Zm9yZWlnbi1rZXktb2Ytc29tZWJvZHktZWxzZS0wMDA="))
        sql("UPDATE journal_seal SET signed_note = %s WHERE n = %s", signed, seal.n)
        return {"seal_foreign"}, [f"seal {seal.n}"]
    if what == "gone":
        sql("DELETE FROM journal_seal WHERE n = %s", seal.n)
        return {"seal_order", "seal_span", "leaves_behind", "checkpoint_ahead"}, []
    if what == "re-signed":  # by our own key, over a root that the entries do not give
        text = note.sign(note.checkpoint(seal.size, b"x" * 32), note.private_key(settings.SEAL_KEY))
        sql("UPDATE journal_seal SET root = %s, signed_note = %s WHERE n = %s", b"x" * 32, text, seal.n)
        return {"seal_root"}, [f"seal {seal.n}"]
    change, codes = SEALS[what]
    sql(f"UPDATE journal_seal SET {change} WHERE n = %s", seal.n)
    return codes, ["seal "]


def rewrite(chance: random.Random) -> Told:
    """Entry, leaves, roots and notes anew with our own key: nothing inside the database contradicts it."""
    index, entry = some_leaf(chance, "act")
    payload = entry.payload.replace('"reason":"', '"reason":"never ', 1)
    leaf = leaf_hash(payload.encode())
    sql("UPDATE journal_entry SET payload = %s, leaf = %s WHERE id = %s", payload, leaf, entry.pk)
    sql("UPDATE journal_leaf SET leaf = %s WHERE leaf_index = %s", leaf, index)
    reseal()
    return {"checkpoint_root"}, ["rewritten"]


def reseal() -> None:
    """All seals anew over the leaves as they stand, signed by our key."""
    leaves = iter([bytes(x) for x in Leaf.objects.order_by("leaf_index").values_list("leaf", flat=True)])
    tree, key = Range(), note.private_key(settings.SEAL_KEY)
    for n, size in Seal.objects.order_by("n").values_list("n", "size"):
        previous = tree.root
        tree.extend(next(leaves) for _ in range(size - tree.size))
        signed = note.sign(note.checkpoint(tree.size, tree.root), key)
        sql(
            "UPDATE journal_seal SET root = %s, prev_root = %s, frontier = %s, signed_note = %s WHERE n = %s",
            *(tree.root, previous, tree.frontier, signed, n),
        )


def transplant(chance: random.Random) -> Told:
    """A person's signature put on another record, alone or with its version; or a seal's signature under another note."""
    from qms.signatures.models import Signature

    if chance.random() < 0.3:
        one, other = chance.sample(list(Seal.objects.order_by("n")), 2)
        text = f"{one.signed_note.rpartition(chr(10) * 2)[0]}\n\n{other.signed_note.rpartition(chr(10) * 2)[2]}"
        sql("UPDATE journal_seal SET signed_note = %s WHERE n = %s", text, one.n)
        return {"seal_foreign"}, [f"seal {one.n}"]
    pk = chance.choice(list(Signature.objects.values_list("pk", flat=True)))
    change = chance.choice(
        [
            "record_key = record_key || '0'",
            "record_version = record_version + 1",
            "digest = reverse(digest)",
            "signer_name = 'X'",
        ]
    )
    sql(f"UPDATE signatures_signature SET {change} WHERE id = %s", pk)
    if chance.random() < 0.5:
        sql(f"UPDATE signatures_historicalsignature SET {change} WHERE id = %s", pk)
    return {"rows_changed", "versions_changed"}, ["signatures_signature", f" {pk}"]


def lawful(kind: str, chance: random.Random) -> Told:
    """What a law of the table refuses even a superuser is undone; another one of the kind is chosen."""
    while True:
        try:
            with transaction.atomic():
                return KINDS[kind](chance)
        except (IntegrityError, DataError):
            continue


KINDS: dict[str, Callable[[random.Random], Told]] = {
    "edit": edit,
    "delete": delete,
    "insert": insert,
    "swap": swap,
    "truncate tail": truncate,
    "seal rewrite": seal_rewrite,
    "full rewrite": rewrite,
    "transplant": transplant,
}
