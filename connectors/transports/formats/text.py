"""Text in the declared encoding. What does not exist in it refuses the file; nothing is replaced."""

from __future__ import annotations

import codecs
import re

from connectors.transports.base import Bad, Format

BOM = codecs.BOM_UTF8
TRAILER = re.compile(r"EOF;(\d{1,9})\s*")


def decoded(body: bytes, form: Format) -> str:
    if form.encoding == "utf-8" and body.startswith(BOM):
        raise Bad("bom", encoding="UTF-8")
    if form.encoding == "utf-8-sig" and not body.startswith(BOM):
        raise Bad("no_bom")
    try:
        text = body.decode(form.encoding)
    except UnicodeDecodeError as wrong:
        line = body[: wrong.start].count(b"\n") + 1
        byte = f"{body[wrong.start]:02X}" if wrong.start < len(body) else "–"
        raise Bad("undecodable", row=line, byte=byte, place=wrong.start + 1, encoding=form.encoding) from None
    except UnicodeError:
        raise Bad("undecodable", row=1, byte="–", place=1, encoding=form.encoding) from None
    if "\x00" in text:
        raise Bad("nul", row=text[: text.index("\x00")].count("\n") + 1, encoding=form.encoding)
    return text


def without_trailer(text: str, form: Format) -> tuple[str, int | None]:
    """The text before `EOF;<count>`, and the count that it promises. Raises Bad where the trailer is due and not there."""
    bare = text.rstrip()
    head, _newline, last = bare.rpartition("\n")
    found = TRAILER.fullmatch(last.strip())
    if found:
        return head + "\n", int(found[1])
    if form.trailer:
        raise Bad("no_trailer", row=bare.count("\n") + 1)
    return text, None


def check_count(promised: int | None, found: int) -> None:
    if promised is not None and promised != found:
        raise Bad("wrong_count", promised=promised, found=found)
