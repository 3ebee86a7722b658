"""The words that occur, so that a beginning is asked as the few words that it may stand for.

The index finds a whole word at any place at once; for a beginning it first collects every document of every word that
begins so, in all bands, each time it is asked: 20 ms for a word in 250,000 documents. And a beginning of no word at all
needs no question.
"""

from collections.abc import Iterable

from . import terms
from .models import Word

MOST = 8  # more words than this are asked as the beginning
LAST = "\U0010ffff"


def keep(words: Iterable[str]) -> None:
    Word.objects.bulk_create((Word(text=word) for word in sorted(words)), ignore_conflicts=True)


def questions(text: str) -> list[str]:
    """As `terms.asked`; nothing also when a word of it begins no word that occurs."""
    spelled = [_spelled(one) for one in terms.asked(text)]
    return spelled if all(spelled) else []


def _spelled(asked: terms.Asked) -> str:
    if not (asked.is_beginning and asked.is_of_letters):
        return str(asked)
    found = Word.objects.filter(text__gte=asked.lexeme, text__lt=asked.lexeme + LAST).values_list("text", flat=True)
    words = list(found[: MOST + 1])
    if len(words) > MOST:
        return str(asked)
    return f"({' | '.join(map(terms.quoted, words))})" if words else ""
