"""The text that a person signs once before any other signature (21 CFR 11.10(j), 11.100(c)): numbered, in every language.

A plant with wording of its own names a folder (QMS_SIGNING_AGREEMENTS) with files like `2.en.txt`; a higher number asks everybody again.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True)
class Wording:
    edition: int
    language: str
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def title(self) -> str:
        return self.text.partition("\n")[0]

    @property
    def paragraphs(self) -> list[str]:
        return [line for line in self.text.splitlines()[1:] if line.strip()]


def number(wording: Wording) -> str:
    return f"AGREEMENT-{wording.edition}"


@lru_cache(maxsize=8)
def wordings(folder: Path) -> dict[tuple[int, str], Wording]:
    found = {}
    for path in sorted(folder.glob("*.txt")):
        edition, _dot, language = path.stem.partition(".")
        if edition.isdigit():
            found[int(edition), language] = Wording(int(edition), language, path.read_text().strip())
    return found


def current(language: str = "en") -> Wording:
    """The highest edition that exists in every language of the program; raises LookupError when there is none."""
    known = wordings(Path(settings.SIGNING_AGREEMENTS))
    codes = [code for code, _name in settings.LANGUAGES]
    whole = [n for n in {edition for edition, _language in known} if all((n, code) in known for code in codes)]
    if not whole:
        raise LookupError(f"no agreement in {settings.SIGNING_AGREEMENTS} has all of {codes}")
    return known[max(whole), language if (max(whole), language) in known else "en"]
