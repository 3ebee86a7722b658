"""Spelling of foreign names: a rule of the source, applied before a name is looked up. Editions never change, so they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RULES: dict[int, Any] = {}  # by key of the edition


def spelt(rule: Any, text: str) -> str:
    """In this order: spaces, prefix off, characters out, zeros off, capitals, prefix on. A name is never made empty."""
    name = text.strip() if rule.trims else text
    if rule.takes_prefix and name.upper().startswith(rule.takes_prefix.upper()):
        name = name[len(rule.takes_prefix) :]
    if rule.drops:
        name = name.translate({ord(character): None for character in rule.drops})
    if rule.drops_zeros:
        name = name.lstrip("0") or name[-1:]
    if rule.uppers:
        name = name.upper()
    return f"{rule.puts_prefix}{name}" if name else text


def is_spelt(rule: Any, text: str) -> bool:
    """Whether the rule makes this very text of some name as sent: what comes out once must not be spelt once more."""
    if rule.puts_prefix and not text.startswith(rule.puts_prefix):
        return False
    bare = text[len(rule.puts_prefix) :]
    return bool(bare) and text in (spelt(rule, bare), spelt(rule, f"{rule.takes_prefix}{bare}"))


def failures(rule: Any) -> list[tuple[str, str, str]]:
    """(given, expected, made) of the examples that do not come out."""
    told = [(str(one["given"]), str(one["expect"])) for one in rule.examples]
    return [(given, expect, made) for given, expect in told if (made := spelt(rule, given)) != expect]


def name(editions: Mapping[str, int], kind: str, text: str) -> str:
    """`editions`: kind → key of the edition in use, as the message's interface has them."""
    key = editions.get(kind)
    if not key or not text:
        return text
    return spelt(_rule(key), text)


def _rule(key: int) -> Any:
    if key not in RULES:
        from .models import Normalisation

        RULES[key] = Normalisation.objects.get(pk=key)
    return RULES[key]
