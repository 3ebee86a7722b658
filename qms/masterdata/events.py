from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event


@dataclass(frozen=True)
class Synced:
    object: str
    source: str
    run: str
    created: int
    updated: int
    unchanged: int
    failed: int
    digest: str


@dataclass(frozen=True)
class Mapped:
    kind: str
    source: str
    foreign_value: str
    local_value: str


SYNCED = Event(
    "masterdata.synced",
    _(
        "%(object)s read from %(source)s: %(created)s new, %(updated)s changed, %(unchanged)s as before, %(failed)s failed."
    ),
    Synced,
)
MAPPED = Event("crosswalk.mapped", _("%(source)s: “%(foreign_value)s” means %(local_value)s here."), Mapped)


@dataclass(frozen=True)
class Regrouped:
    """`names`, `meanings`: separated by commas; `since`: an instant, empty for always; `change`: what undoes it."""

    kind: str
    source: str
    names: str
    meanings: str
    since: str
    change: str


@dataclass(frozen=True)
class Spelling:
    source: str
    kind: str
    edition: int
    examples: int


MERGED = Event("crosswalk.merged", _("%(source)s: %(names)s are %(meanings)s here."), Regrouped)
SPLIT = Event("crosswalk.split", _("%(source)s: %(names)s stands for %(meanings)s here."), Regrouped)
ENDED = Event("crosswalk.ended", _("%(source)s: %(names)s no longer means %(meanings)s."), Regrouped)
UNDONE = Event("crosswalk.undone", _("%(source)s: the change of %(names)s was undone."), Regrouped)
WITHDRAWN = Event("crosswalk.withdrawn", _("%(source)s: “%(foreign_value)s” was taken back."), Mapped)
SPELLING_DRAFTED = Event("spelling.drafted", _("Spelling of %(kind)s from %(source)s drafted."), Spelling)
SPELLING_ACTIVATED = Event(
    "spelling.activated", _("Names (%(kind)s) from %(source)s are spelt by edition %(edition)s."), Spelling
)
SPELLING_RETIRED = Event("spelling.retired", _("Edition %(edition)s for %(kind)s from %(source)s retired."), Spelling)


@dataclass(frozen=True)
class MatrixChanged:
    number: str
    site: str
    edition: int
    rows: int


@dataclass(frozen=True)
class Disagreed:
    """`ours`, `theirs`: the two values as text; `decision`: in words, empty while it is open."""

    number: str
    field: str
    source: str
    ours: str
    theirs: str
    decision: str = ""


MATRIX_DRAFTED = Event("matrix.drafted", _("Matrix of %(site)s drafted: edition %(edition)s."), MatrixChanged)
MATRIX_EDITED = Event("matrix.edited", _("The matrix has %(rows)s rows now."), MatrixChanged)
MATRIX_APPROVED = Event("matrix.approved", _("Edition %(edition)s for %(site)s approved."), MatrixChanged)
MATRIX_RETURNED = Event("matrix.returned", _("Edition %(edition)s sent back to the draft."), MatrixChanged)
MATRIX_ACTIVATED = Event("matrix.activated", _("%(site)s follows edition %(edition)s from now on."), MatrixChanged)
MATRIX_RETIRED = Event("matrix.retired", _("%(site)s no longer follows edition %(edition)s."), MatrixChanged)
MATRIX_SUPERSEDED = Event("matrix.superseded", _("Edition %(edition)s gave way to another one."), MatrixChanged)
MATRIX_CANCELLED = Event("matrix.cancelled", _("Edition %(edition)s was given up before it was used."), MatrixChanged)
CONFLICT_OPENED = Event("conflict.opened", _("%(source)s says %(field)s: %(theirs)s, here it is %(ours)s."), Disagreed)
CONFLICT_DECIDED = Event("conflict.decided", _("%(field)s: %(decision)s."), Disagreed)
