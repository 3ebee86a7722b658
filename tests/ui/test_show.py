import datetime
import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from qms.ui import navigation, show

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime.datetime(2026, 11, 21, 20, 0, tzinfo=datetime.UTC)


def named_icons():
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for name in re.findall(r"{% icon \"([^\"]+)\"", path.read_text()):
            yield pytest.param(name, id=f"{path.name}:{name}")
    yield from (pytest.param(name, id=f"tone:{name}") for name in show.TONES.values())
    yield from (pytest.param(entry.icon, id=f"navigation:{entry.key}") for entry in navigation.ENTRIES)


@pytest.mark.parametrize("name", list(named_icons()))
def test_every_icon_that_a_template_names_exists(name):
    assert show.icon(name).startswith("<svg") and 'aria-hidden="true"' in show.icon(name)


def test_a_chip_says_its_word_beside_icon_and_colour_and_escapes_it():
    html = show.chip(show.Mark("X", "<b>Held</b>", "danger"))
    assert "&lt;b&gt;Held" in html and "<svg" in html and "q-chip-danger" in html


def test_an_unknown_state_is_shown_not_hidden():
    assert "LEGACY" in show.chip(show.state_of("LEGACY", ()))


@pytest.mark.parametrize(
    ("value", "english"),
    [(Decimal("1234.500000"), "1,234.5"), (Decimal("0.000001"), "0.000001"), (1000, "1,000"), (Decimal("-2"), "-2")],
)
def test_numbers_are_exact_with_the_readers_separators(value, english):
    with translation.override("en"):
        assert show.number(value) == english


def test_times_are_in_the_readers_zone_with_offset_and_utc_beside():
    with timezone.override("Asia/Shanghai"):
        html = show.moment(NOW)
    assert ">2026-11-22 04:00<" in html and "+08:00" in html and "2026-11-21 20:00:00 UTC" in html


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (5, "just now"),
        (-30, "just now"),
        (240, "4 min ago"),
        (7200, "2 h ago"),
        (86400, "1 day ago"),
        (200000, "2 days ago"),
    ],
)
def test_age_in_words(before, words):
    with translation.override("en"):
        assert show.since(NOW - datetime.timedelta(seconds=before), NOW) == words


def rendered(text, **values):
    with translation.override("en"):
        return Template("{% load ui %}" + text).render(Context(values))


def test_data_age_is_never_green_and_says_never():
    fresh = rendered("{% age 'ERP' at %}", at=timezone.now())
    old = rendered("{% age 'ERP' at 60 %}", at=timezone.now() - datetime.timedelta(hours=2))
    assert "stale" not in fresh and "from ERP, just now" in fresh
    assert "stale" in old and "2 h ago" in old
    assert "never received" in rendered("{% age 'ERP' at %}", at=None)


@pytest.mark.parametrize(
    ("state", "done", "words"),
    [
        ("QUEUED", 1, []),
        ("SENT", 2, []),
        ("ACCEPTED", 2, ["not yet posted"]),
        ("POSTED", 3, []),
        ("FAILED", 2, ["Failed"]),
    ],
)
def test_a_posting_shows_how_far_it_came(state, done, words):
    from types import SimpleNamespace

    row = SimpleNamespace(
        state=state, document_number="", problem="", requested_at=NOW, sent_at=NOW if done > 1 else None, posted_at=None
    )
    html = rendered("{% posting row %}", row=row)
    assert html.count("q-posting-done") == done and all(word in html for word in words)
