"""Warnings that a higher storey puts on the pages of lower ones: an app registers who tells them, a page asks for its own.

banners.register(provider)                  # in AppConfig.ready(); provider(record, user) -> Iterable[Banner]
{% load ui %}{% banners record %}           # in the page's template
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Banner:
    """One sentence, with where to read more for those who may. `tone`: info, warning, danger."""

    text: Any
    tone: str = "warning"
    icon: str = "triangle-alert"
    url: str = ""
    words: Any = ""  # of the link


Provider = Callable[[Any, Any], Iterable[Banner]]
PROVIDERS: list[Provider] = []


def register(provider: Provider) -> None:
    if provider not in PROVIDERS:
        PROVIDERS.append(provider)


def of(record: Any, user: Any) -> list[Banner]:
    return [banner for provider in PROVIDERS for banner in provider(record, user)]
