"""A word in a record that somebody may not see appears in no answer to them: list, search, export, feed, timeline, API, suggestion."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from qms.accounts.models import Site
from qms.docs.routes import OPEN, Route, routes

from . import rights
from .conftest import Browser
from .places import places
from .plant import AWAY, CANARY, SECRET, Plant

PROVES = ("11.10(d)", "G14")
# Enough of the word to find it, not enough to be mistaken for it when the page shows what was asked.
PARTS = {CANARY: CANARY[:-5], SECRET: SECRET[:-5]}
# One of every different view: with and without export, trail, both sites, no quality right at all.
EYES = ("engineer", "operator", "auditor", "security", "manager")
WITHOUT_RECORDS = {"api:schema", "api:docs", "ui:menu"}  # dear to make, and made of the code
READING = [
    r
    for r in routes()
    if "GET" in r.permissions and OPEN not in r.permissions.values() and r.name not in WITHOUT_RECORDS
]


def addresses(route: Route, plant: Plant) -> Iterator[str]:
    """Every way to ask the route: plain, searched, filtered, sorted by a hidden column, exported."""
    for place in places(route, plant):
        yield place.path
        if route.step:
            continue
        yield from (f"{place.path}{'&' if '?' in place.path else '?'}q={part}" for part in PARTS.values())
        if route.export:
            asked = ("size=100", "order=-title", "order=lot_number", f"lot=LOT-{CANARY}", "count=exact")
            yield from (f"{place.path}?{each}" for each in (*asked, "format=csv", "format=xlsx"))
        if route.is_api and not route.parameters:
            yield f"{place.path}?limit=500"


def words(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if body[:2] == b"PK":
        book = zipfile.ZipFile(io.BytesIO(body))
        body = b"".join(book.read(name) for name in book.namelist())
    headers = " ".join(f"{k}: {v}" for k, v in answer.headers.items() if k != "Location")
    return body.decode(errors="replace") + headers


@pytest.fixture
def blind(members: Any) -> dict[str, tuple[str, ...]]:
    """Caller → words they must not meet. Nobody enters the compartment; who holds no role elsewhere sees nothing of there."""
    away = Site.objects.get(code=AWAY).pk
    people = {n: (SECRET,) if rights.roles_at(u, away) else (SECRET, CANARY) for n, u in members.items()}
    return {**people, "mes": (SECRET, CANARY), "erp": (SECRET, CANARY), "readonly": (SECRET, CANARY)}


def get(name: str, path: str, clients: dict[str, Browser], plant: Plant) -> Any:
    if name in plant.tokens:
        answer = Browser().get(path, headers={"Authorization": f"Bearer {plant.tokens[name]}"})
    else:
        answer = clients[name].get(path)
    return answer.status_code, words(answer)


@pytest.mark.parametrize("route", READING, ids=lambda r: f"{r.kind}-{r.name}-{r.step}".rstrip("-"))
def test_no_answer_holds_a_hidden_word(route, plant, blind, clients, undo):
    leaks, broken = [], []
    callers = [*(n for n in plant.tokens if route.is_api), *EYES]
    for path in addresses(route, plant):
        for name in callers:
            status, text = get(name, path, clients, plant)
            text = text.replace(f"LOT-{CANARY}", "") if "lot=" in path else text  # shown as what was asked for
            leaks += [f"{name} meets {word} at {path}" for word in blind[name] if word in text]
            broken += [f"{path} by {name}: {status}"] if status >= 500 else []
    assert leaks == [] and broken == []


def test_the_word_is_there_for_those_who_may_see_it(plant, clients, undo):
    """Without this the test above would pass on an empty plant."""
    shown = get("gongcheng", "/ncr/?size=100", clients, plant)[1]
    assert CANARY in shown and SECRET not in shown
    assert CANARY in get("auditor", f"/ncr/?q={PARTS[CANARY]}&format=csv", clients, plant)[1]
