"""What calc refuses."""

from typing import Any


def gettext_noop(text: str) -> str:
    """Marks an English sentence for translation; the room that shows it translates it. (Django's is the same, but calc knows no Django.)"""
    return text


class CalcError(ValueError):
    """`code` is stable. `sentence` is English with %(name)s for each of `facts`, so that a screen can word it in the reader's language."""

    def __init__(self, code: str, sentence: str, **facts: Any) -> None:
        super().__init__(sentence % facts)
        self.code = code
        self.sentence = sentence
        self.facts = facts
