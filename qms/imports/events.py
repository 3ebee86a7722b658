from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event


@dataclass(frozen=True)
class Uploaded:
    kind: str
    source: str
    file: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Counted:
    """`digest`: SHA-256 over the rows as they were judged or written."""

    kind: str
    source: str
    sha256: str
    new: int
    changed: int
    unchanged: int
    refused: int
    digest: str


@dataclass(frozen=True)
class Undone:
    kind: str
    source: str
    undone: int
    kept: int
    digest: str


UPLOADED = Event("import.uploaded", _("The file %(file)s was uploaded for an import from %(source)s."), Uploaded)
CHECKED = Event(
    "import.checked",
    _("Dry run: %(new)s new, %(changed)s changed, %(unchanged)s unchanged, %(refused)s refused; nothing was written."),
    Counted,
)
APPLIED = Event(
    "import.applied",
    _("Imported from %(source)s: %(new)s created, %(changed)s updated, %(unchanged)s unchanged, %(refused)s refused."),
    Counted,
)
ROLLED_BACK = Event(
    "import.rolled_back", _("Import from %(source)s rolled back: %(undone)s undone, %(kept)s stay."), Undone
)
