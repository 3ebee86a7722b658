"""Bytes in, rows out: one file per family of formats. Pure; raises Bad for what is no such file."""

from connectors.transports.base import Bad, Content, Format

from . import lines, table, tree

READERS = {"csv": table.read, "jsonl": lines.read, "xml": tree.read, "b2mml": tree.read_b2mml}


def read(body: bytes, form: Format) -> Content:
    if not body.strip():
        raise Bad("empty")
    return READERS[form.format](body, form)


__all__ = ["READERS", "read"]
