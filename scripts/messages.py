"""Texts for translation, without gettext's programs.

messages.py collect   read every text from code and templates into locale/zh_Hans/LC_MESSAGES/django.po
messages.py compile   write every .mo beside its .po
"""

import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
APART = {".venv", ".git", "node_modules", "var", "tests", "scripts", "docs", "static", "migrations", "locale"}
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    **dict.fromkeys(("_", "_now", "_lazy", "_t")),  # as modules name gettext where they need both
    **{f"gettext{suffix}": None for suffix in ("", "_lazy", "_noop")},
    **{f"ngettext{suffix}": (1, 2) for suffix in ("", "_lazy")},
    **{f"pgettext{suffix}": ((1, "c"), 2) for suffix in ("", "_lazy")},
    **{f"npgettext{suffix}": ((1, "c"), 2, 3) for suffix in ("", "_lazy")},
}
HEADER = {
    "Project-Id-Version": "qms",
    "Language": "zh_Hans",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=1; plural=0;",
}


@dataclass
class Text:
    msgid: str
    plural: str = ""
    context: str | None = None
    files: list[str] = field(default_factory=list)

    @property
    def key(self) -> tuple[str | None, str]:
        return self.context, self.msgid


def sources() -> Iterator[tuple[Path, bytes]]:
    """Python source, and templates turned into the Python that Django's own extraction makes of them."""
    from django.utils.translation.template import templatize

    for path in sorted(ROOT.rglob("*")):
        if APART & set(path.relative_to(ROOT).parts) or not path.is_file():
            continue
        if path.suffix == ".py":
            yield path, path.read_bytes()
        elif path.suffix in (".html", ".txt") and "templates" in path.parts:
            lines = templatize(path.read_text(), origin=str(path)).splitlines()
            yield path, "\n".join(line.strip() for line in lines).encode()


def texts() -> dict[tuple[str | None, str], Text]:
    from babel.messages.extract import extract

    found: dict[tuple[str | None, str], Text] = {}
    for path, source in sources():
        name = path.relative_to(ROOT).as_posix()
        for _line, message, _comments, context in extract("python", io.BytesIO(source), KEYWORDS):
            msgid, plural = (message[0], message[1]) if isinstance(message, tuple) else (message, "")
            if not msgid:
                continue
            text = found.setdefault((context, msgid), Text(msgid, plural, context))
            text.plural = text.plural or plural
            if name not in text.files:
                text.files.append(name)
    return found


def collect() -> None:
    """Known translations stay, new texts come in empty, texts that are gone leave."""
    import polib

    old = polib.pofile(str(CATALOGUE)) if CATALOGUE.exists() else polib.POFile()
    known = {(entry.msgctxt, entry.msgid): entry for entry in old}
    new = polib.POFile(wrapwidth=0)
    new.metadata = old.metadata or HEADER
    for text in texts().values():
        past = known.get(text.key)
        entry = polib.POEntry(msgid=text.msgid, msgctxt=text.context, occurrences=[(name, "") for name in text.files])
        if text.plural:
            entry.msgid_plural = text.plural
            entry.msgstr_plural = (past and past.msgstr_plural) or {0: (past and past.msgstr) or ""}
        elif past:
            entry.msgstr = past.msgstr or past.msgstr_plural.get(0, "")
        if past:
            entry.flags = [flag for flag in past.flags if flag == "fuzzy"]
        if "%(" in text.msgid:
            entry.flags.append("python-format")
        new.append(entry)
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    new.save(str(CATALOGUE))
    print(f"{CATALOGUE.relative_to(ROOT)}: {len(new)} texts, {len(new.untranslated_entries())} to translate")


def compile_all() -> None:
    import polib

    for source in sorted(ROOT.glob("locale/*/LC_MESSAGES/*.po")):
        polib.pofile(str(source)).save_as_mofile(str(source.with_suffix(".mo")))


if __name__ == "__main__":
    acts = {"collect": collect, "compile": compile_all}
    if len(sys.argv) != 2 or sys.argv[1] not in acts:
        sys.exit(__doc__)
    acts[sys.argv[1]]()
