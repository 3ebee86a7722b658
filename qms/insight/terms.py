"""What a text is found by. Words, parts of names, and pairs of Chinese characters, as lexemes of our own making.

PostgreSQL's parsers split names ("LOT-26-0101") badly and do not split Chinese at all; with lexemes of our own, the
index and the question are cut by the same rule. Names are kept from each of their parts to the end without
punctuation ("lot260101", "260101", "0101"), so that a beginning of any part finds them.
"""

import re
import unicodedata
from dataclasses import dataclass

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
CHUNK = re.compile(rf"[{HAN}]+|[^\s{HAN}]+")
PART = re.compile(r"[^\W\d_]+|\d+")
LONGEST, MOST_PARTS, MOST_WORDS = 40, 8, 12
# Shorter beginnings would match a large part of the table.
SHORTEST_BEGINNING = 3


def folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def lexemes(*texts: str) -> set[str]:
    """Everything these texts are found by."""
    found: set[str] = set()
    for text in texts:
        for chunk in CHUNK.findall(folded(text)):
            found.update(_pairs(chunk) if _is_han(chunk) else _name(chunk))
    return found


def _is_han(chunk: str) -> bool:
    return bool(re.match(f"[{HAN}]", chunk))


def _pairs(run: str) -> list[str]:
    """Each character with the one behind it; the last one alone, so that a single character is a beginning too."""
    return [run[i : i + 2] for i in range(len(run))]


def _name(chunk: str) -> set[str]:
    parts = [part[:LONGEST] for part in PART.findall(chunk)][:MOST_PARTS]
    return {"".join(parts[i:])[:LONGEST] for i in range(len(parts))} | set(parts)


def of_site(site_id: int) -> str:
    """A lexeme that nobody can type: the index narrows to the reader's sites before a row is looked at."""
    return f"@{site_id}"


def question(text: str) -> str:
    """A tsquery that every word of the text must match; "" when there is no word in it."""
    asked = []
    for chunk in CHUNK.findall(folded(text))[:MOST_WORDS]:
        asked += _han_question(chunk) if _is_han(chunk) else _name_question(chunk)
    return " & ".join(dict.fromkeys(asked))


def _han_question(run: str) -> list[str]:
    return [_quoted(run[i : i + 2]) for i in range(len(run) - 1)] or [f"{_quoted(run)}:*"]


def _name_question(chunk: str) -> list[str]:
    whole = "".join(PART.findall(chunk))[:LONGEST]
    if not whole:
        return []
    return [f"{_quoted(whole)}:*" if len(whole) >= SHORTEST_BEGINNING else _quoted(whole)]


def _quoted(lexeme: str) -> str:
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def nearly(text: str) -> list[str]:
    """Lexemes one slip away from a name (26-0110 for 26-0101); none unless the text is one name with a digit."""
    chunks = text.split()
    whole = "".join(PART.findall(folded(text)))
    if len(chunks) != 1 or not 5 <= len(whole) <= 24 or not any(c.isdigit() for c in whole) or not whole.isascii():
        return []
    return sorted(slips(whole))


def slips(word: str) -> set[str]:
    """Two neighbours exchanged, one character left out, doubled or mistyped within its kind."""
    digits, letters = "0123456789", "abcdefghijklmnopqrstuvwxyz"
    found = {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)}
    for i, character in enumerate(word):
        kind = digits if character.isdigit() else letters
        found |= {word[:i] + other + word[i + 1 :] for other in kind}
        found |= {word[:i] + word[i + 1 :], word[:i] + character + word[i:]}
    return found - {word}


@dataclass(frozen=True)
class Number:
    """A record's number as people type it; "" and None: not said."""

    prefix: str
    year: str
    serial: int


NUMBER = re.compile(r"(?:(?P<prefix>[a-z]{2,8}))?[\W_]*(?:(?P<year>\d\d)[\W_]+)?(?P<serial>[\doil]{1,9})")
WHOLE = re.compile(r"(?P<prefix>[a-z]{2,8})[\W_]*(?P<year>\d\d)(?P<serial>[\doil]{6,7})")
LOOKALIKE = str.maketrans("oil", "011")


def number(text: str) -> Number | None:
    """ "26-123", "ncr 123", "NCR26000123", "ncr-26-O00123": what number that may be."""
    typed = folded(text).strip()
    found = WHOLE.fullmatch(typed) or NUMBER.fullmatch(typed)
    serial = (found["serial"] if found else "").translate(LOOKALIKE)
    if found is None or not any(c.isdigit() for c in found["serial"]) or not int(serial):
        return None
    return Number((found["prefix"] or "").upper(), found["year"] or "", int(serial))
