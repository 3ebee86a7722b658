"""The template lint finds what the Content-Security-Policy would block, and leaves good templates alone."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
spec = importlib.util.spec_from_file_location("lint_templates", ROOT / "scripts" / "lint_templates.py")
assert spec is not None and spec.loader is not None
lint = importlib.util.module_from_spec(spec)
spec.loader.exec_module(lint)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p style='color: red'>", "style attribute"),
        ("<style>p {}</style>", "inline <style>"),
        ("<script>start()</script>", "inline <script>"),
        ("<button onclick='x()'>", "inline event handler"),
        ("<button hx-on:click='x()'>", "hx-on"),
        ("<a hx-vals='js:{n: 1}'>", "js: in hx-vals"),
        ("<a href='javascript:x()'>", "js: in href"),
        ("<a hx-trigger='click[ctrlKey]'>", "hx-trigger"),
        ("<p>Words</p>", "untranslated text"),
        ("<input placeholder='Find'>", "untranslated text"),
        ("<br>\n" * 161, "more than 160 lines"),
    ],
)
def test_finds(tmp_path: Path, source: str, expected: str) -> None:
    path = tmp_path / "page.html"
    path.write_text(source)
    assert [what for _line, what in lint.problems(path) if expected in what]


@pytest.mark.parametrize(
    "source",
    [
        '<p title="{% translate "Find" %}">{% translate "Words" %} {# a note #} NCR 3</p>',
        "{% blocktranslate with a=b %}Dear {{ a }}{% endblocktranslate %}",
        "{% if style == 'on' %}<b class='x'>{{ onward }}</b>{% endif %}",
        "<script src='{% static \"js/app.js\" %}' type='module'></script>",
        "<a hx-trigger='every 1s, load delay:1s'></a><code>sample</code>",
    ],
)
def test_leaves_alone(tmp_path: Path, source: str) -> None:
    path = tmp_path / "page.html"
    path.write_text(source)
    assert list(lint.problems(path)) == []
