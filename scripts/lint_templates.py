"""Templates hold nothing that the Content-Security-Policy would block, no untranslated words, and at most 160 lines."""

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APART = {".venv", "node_modules", "var", "static"}
MAX_LINES = 160
COMMENT = re.compile(r"\{#.*?#\}|\{%\s*comment\b.*?\{%\s*endcomment\s*%\}", re.S)
BLOCK = re.compile(r"\{%\s*blocktrans(?:late)?\b.*?\{%\s*endblocktrans(?:late)?\s*%\}", re.S)
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.S)
# In plain text these words stay as they are in every language.
SAME = {
    "qms",
    "ncr",
    "capa",
    "erp",
    "mes",
    "mrb",
    "scar",
    "fai",
    "spc",
    "csv",
    "xlsx",
    "pdf",
    "json",
    "api",
    "utc",
    "sha",
    "id",
    "url",
    "en",
}
WORD = re.compile(r"[^\W\d_]{2,}")
SPOKEN = {"placeholder", "title", "aria-label", "aria-description", "alt"}
VERBATIM = {"code", "kbd", "pre", "samp", "script", "style"}
FORBIDDEN = {
    "style": "style attribute (use a class)",
    "hx-on": "hx-on (an own module listens)",
    "on": "inline event handler",
}


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.problems: list[tuple[int, str]] = []
        self.verbatim: list[str] = []

    def note(self, what: str) -> None:
        self.problems.append((self.getpos()[0], what))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _value in attrs}
        if tag == "style":
            self.note("inline <style>")
        if tag == "script" and "src" not in names:
            self.note("inline <script>")
        if tag in VERBATIM:
            self.verbatim.append(tag)
        for name, value in attrs:
            self.attribute(name, value or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.verbatim:
            self.verbatim.remove(tag)

    def attribute(self, name: str, value: str) -> None:
        if name == "style":
            self.note(FORBIDDEN["style"])
        elif name.startswith("hx-on"):
            self.note(FORBIDDEN["hx-on"])
        elif re.fullmatch(r"on[a-z]+", name):
            self.note(FORBIDDEN["on"])
        elif re.match(r"\s*(js|javascript):", value):
            self.note(f"js: in {name}")
        elif name == "hx-trigger" and "[" in value:
            self.note("[ in hx-trigger (needs eval)")
        elif name in SPOKEN:
            self.words(value)

    def handle_data(self, data: str) -> None:
        if not self.verbatim:
            self.words(data)

    def words(self, text: str) -> None:
        spoken = [word for word in WORD.findall(text) if word.lower() not in SAME]
        if spoken:
            self.note(f"untranslated text: {' '.join(spoken)[:60]!r}")


def blank(found: re.Match[str]) -> str:
    """Nothing but its line breaks, so that line numbers stay true."""
    return "\n" * found[0].count("\n")


def problems(path: Path) -> Iterator[tuple[int, str]]:
    source = path.read_text()
    lines = source.count("\n")
    if lines > MAX_LINES:
        yield lines, f"more than {MAX_LINES} lines"
    reader = Reader()
    for pattern in (COMMENT, BLOCK, TAG):
        source = pattern.sub(blank, source)
    reader.feed(source)
    reader.close()
    yield from reader.problems


def main() -> None:
    paths = [
        path for path in sorted(ROOT.rglob("templates/**/*.html")) if not APART & set(path.relative_to(ROOT).parts)
    ]
    found = [f"{path.relative_to(ROOT)}:{line}: {what}" for path in paths for line, what in problems(path)]
    for line in found:
        print(line)
    if found:
        sys.exit(f"{len(found)} problems in {len(paths)} templates.")
    print(f"{len(paths)} templates.")


if __name__ == "__main__":
    main()
