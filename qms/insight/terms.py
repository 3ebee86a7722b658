"""What a text is found by. Words, parts of names, and pairs of Chinese characters, as lexemes of our own making.

PostgreSQL's parsers split names ("LOT-26-0101") badly and do not split Chinese at all; with lexemes of our own, the
index and the question are cut by the same rule. Names are kept from each of their parts to the end without
punctuation ("lot260101", "260101", "0101"), so that a beginning of any part finds them.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
CHUNK = re.compile(rf"[{HAN}]+|[^\s{HAN}]+")
PART = re.compile(r"[^\W\d_]+|\d+")
LETTERS = re.compile(r"[^\W\d_]+")
BAND, BEGINNING = "#", ":*"
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
    return found | {head[0] for lexeme in found if (head := LETTERS.match(lexeme))}


def words(lexemes: Iterable[str]) -> set[str]:
    """Those of letters alone. A beginning of letters begins a lexeme only if it begins a word of the same document:
    `lexemes` keeps the letters that a name begins with ("borecheck12") as a word beside it."""
    return {lexeme for lexeme in lexemes if LETTERS.fullmatch(lexeme)}


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


def of_band(number: int) -> str:
    """Nor this one: the index looks at a stretch of time only (see `bands`)."""
    return f"{BAND}{number}"


@dataclass(frozen=True)
class Asked:
    """One thing that a document must bear: a lexeme, or any that begins so."""

    lexeme: str
    is_beginning: bool = False

    @property
    def is_of_letters(self) -> bool:
        return bool(LETTERS.fullmatch(self.lexeme))

    def __str__(self) -> str:
        return f"{quoted(self.lexeme)}{BEGINNING}" if self.is_beginning else quoted(self.lexeme)


def asked(text: str) -> list[Asked]:
    """What every word of the text asks for; nothing when there is no word in it."""
    found: list[Asked] = []
    for chunk in CHUNK.findall(folded(text))[:MOST_WORDS]:
        found += _han_asked(chunk) if _is_han(chunk) else _name_asked(chunk)
    return list(dict.fromkeys(found))


def question(text: str) -> str:
    """A tsquery that every word of the text must match; "" when there is no word in it."""
    return " & ".join(map(str, asked(text)))


def _han_asked(run: str) -> list[Asked]:
    return [Asked(run[i : i + 2]) for i in range(len(run) - 1)] or [Asked(run, is_beginning=True)]


def _name_asked(chunk: str) -> list[Asked]:
    whole = "".join(PART.findall(chunk))[:LONGEST]
    return [Asked(whole, is_beginning=len(whole) >= SHORTEST_BEGINNING)] if whole else []


def quoted(lexeme: str) -> str:
    """As a tsquery wants it."""
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
