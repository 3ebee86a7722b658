"""What can be done with an inspection plan, one function per act."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.accounts.models import Site
from qms.lib import canonical
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid
from qms.lib.ids import uuid7
from qms.masterdata.models import Customer, Item, Supplier
from qms.records import actions as records
from qms.records.actions import Signing
from qms.signatures.models import Signature

from .. import events
from ..calc.errors import CalcError
from ..calc.sampling import AQLS, LEVELS, variables, zero
from ..choices import TABLES, CertificateKind, InspectionKind, Occasion, Scheme, Skipping, Switching
from ..models import InspectionPlan
from ..models.characteristics import COPIED, TOLD
from ..models.plans import SCOPE, SKIPPING
from ..queries import sampling
from ..workflow import EDIT_PLAN
from . import characteristics as lines

MOST_ROWS = 100  # of a table of C = 0 samples
HEAD = (
    "title", "drawing", "scheme", "level", "aql", "zero_table", "size", "percent", "switching", *SKIPPING, "stock_mode",
    "decision_rule", "reaction", "note", "occasions", "every_pieces", "every_hours",
    "certificates",
)  # fmt: skip


def draft(
    *,
    by: Any,
    site: Site,
    item: Item | None = None,
    kind: str = "",
    title: str = "",
    revision: str = "",
    operation: str = "",
    supplier: Supplier | None = None,
    customer: Customer | None = None,
    base: InspectionPlan | None = None,
    characteristics: Sequence[dict[str, Any]] | None = None,
    uid: UUID | None = None,
    **head: Any,
) -> InspectionPlan:
    """The next edition of the plan of this scope, with what `base` says where nothing else is given.

    The same `uid` again returns the first one. Raises Forbidden, Invalid, Conflict (an edition of the scope is being written).
    """
    access.check(by, EDIT_PLAN, InspectionPlan(site=site))
    if uid and (known := InspectionPlan.objects.filter(uid=uid, created_by=by).first()):
        return known
    told = {"item": item, "kind": kind, "revision": revision, "operation": operation, "supplier": supplier}
    scope = _scope({**told, "customer": customer}, base)
    _check_site(site, scope)
    given = _head({**head, "title": title} if title else head, base)
    _check_kind(scope["kind"], given)
    rows = lines.checked(characteristics if characteristics is not None else _copies(base), scheme=given["scheme"])
    with journal.act(events.PLAN_DRAFTED, by=by) as act:
        Site.objects.select_for_update().get(pk=site.pk)  # two drafts at once get two editions
        made = InspectionPlan.objects.create(
            uid=uid or uuid7(), site=site, state="DRAFT", created_by=by, edited_by=by, base=base, **_edition(site, scope),
            **scope, **_names(scope), **given,
        )  # fmt: skip
        lines.write(made, rows)
        act.record(made, changed(made))
    return made


def _scope(told: dict[str, Any], base: InspectionPlan | None) -> dict[str, Any]:
    """As told when a part is told, else the scope of `base`."""
    if told["item"] is None and base:
        return {name: getattr(base, name) for name in SCOPE}
    if told["item"] is None:
        raise Invalid(_("A plan is for a part."), field="item", hint=_("Choose a part from the master data."))
    if told["kind"] not in InspectionKind.values:
        raise Invalid(_("Say which kind of inspection the plan is for."), field="kind")
    return {**told, "revision": told["revision"].strip(), "operation": told["operation"].strip()}


def _check_site(site: Site, scope: dict[str, Any]) -> None:
    for name in ("item", "supplier", "customer"):
        row = scope[name]
        if row is not None and row.site_id not in (None, site.pk):
            raise Invalid(
                _("%(number)s belongs to another site.") % {"number": row.number},
                field=name,
                hint=_("Choose one of the site of the plan."),
            )


def _edition(site: Site, scope: dict[str, Any]) -> dict[str, Any]:
    """Family and number of the next edition of the scope. Raises Conflict while another one is being written."""
    same = InspectionPlan.objects.filter(site=site, **scope)
    if open_one := same.open().exclude(state="RELEASED").first():
        raise Conflict(
            _("An edition of this plan is being written already: %(number)s.") % {"number": open_one.number},
            hint=_("Go on with that one, or cancel it first."),
            code="draft_exists",
        )
    last = same.order_by("-edition").first()
    if last is None:
        return {"family": uuid7(), "edition": 1}
    top = InspectionPlan.objects.filter(family=last.family).aggregate(n=Max("edition"))["n"]
    return {"family": last.family, "edition": top + 1}


def _names(scope: dict[str, Any]) -> dict[str, str]:
    item, supplier, customer = scope["item"], scope["supplier"], scope["customer"]
    return {
        "part_number": item.number,
        "part_name": item.name,
        "supplier_name": supplier.name if supplier else "",
        "customer_name": customer.name if customer else "",
    }


def _copies(base: InspectionPlan | None) -> list[dict[str, Any]]:
    rows = base.characteristics.all() if base else ()
    return [{name: getattr(row, name) for name in COPIED} for row in rows]


def _head(told: dict[str, Any], base: InspectionPlan | None) -> dict[str, Any]:
    if unknown := set(told) - set(HEAD):
        raise Invalid(_("These fields are not changed by hand: %(names)s.") % {"names": ", ".join(sorted(unknown))})
    given = {name: getattr(base, name) for name in HEAD if name != "note"} if base else {"scheme": Scheme.ALL}
    given |= told
    if not str(given.get("title", "")).strip():
        raise Invalid(_("Give the plan a title."), field="title")
    return {**given, **check_rule(given), **check_occasions(given), **_certificates(given), **_zero_table(given)}


def _zero_table(given: dict[str, Any]) -> dict[str, Any]:
    """The site's own table of C = 0 samples; emptied where another scheme is chosen. Raises Invalid, naming the row."""
    rows = list(given.get("zero_table") or ()) if given.get("scheme") == Scheme.C0 else []
    if len(rows) > MOST_ROWS:
        raise Invalid(_("A table has at most %(most)s rows.") % {"most": MOST_ROWS}, field="zero_table")
    if rows:
        try:
            zero.check_table(rows, aql=Decimal(given["aql"]))
        except CalcError as error:
            raise sampling.said(error, "zero_table") from error
    return {"zero_table": [_row(row) for row in rows]}


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    n = {format(Decimal(aql), "f"): "all" if told == "all" else int(told) for aql, told in row["n"].items()}
    return {"from": int(row["from"]), "to": None if row["to"] is None else int(row["to"]), "n": n}


def check_occasions(given: dict[str, Any]) -> dict[str, Any]:
    """When it begins by itself; numbers that no occasion uses are emptied. Raises Invalid."""
    named = [one for one in Occasion.values if one in set(given.get("occasions") or ())]
    if unknown := sorted(set(given.get("occasions") or ()) - set(named)):
        raise Invalid(_("“%(name)s” is no occasion of an inspection.") % {"name": unknown[0]}, field="occasions")
    pieces = given.get("every_pieces") if Occasion.PIECES in named else None
    hours = given.get("every_hours") if Occasion.RECURRING in named else None
    if Occasion.PIECES in named and (pieces is None or pieces < 1):
        raise Invalid(_("Say after how many pieces: one or more."), field="every_pieces")
    if Occasion.RECURRING in named and (hours is None or hours < 1):
        raise Invalid(_("Say after how many hours: one or more."), field="every_hours")
    if Occasion.RECURRING in named and (given.get("scheme") or Scheme.ALL) != Scheme.FIXED:
        raise Invalid(
            _("An inspection at an interval has no lot that a sample could follow from."),
            field="scheme",
            hint=_("Choose a fixed number of pieces."),
        )
    return {"occasions": named, "every_pieces": pieces, "every_hours": hours}


def _certificates(given: dict[str, Any]) -> dict[str, Any]:
    """Kinds that a delivery must bring, in their order. Raises Invalid."""
    told = set(given.get("certificates") or ())
    named = [one for one in CertificateKind.values if one in told]
    if unknown := sorted(told - set(named)):
        raise Invalid(_("“%(name)s” is no kind of certificate.") % {"name": unknown[0]}, field="certificates")
    return {"certificates": named}


def check_rule(given: dict[str, Any]) -> dict[str, Any]:
    """The columns of a sampling rule; those that its scheme does not use are emptied. Raises Invalid, in the order of the form."""
    scheme, level, aql = given.get("scheme") or Scheme.ALL, given.get("level") or "", given.get("aql")
    size, percent, switching = given.get("size"), given.get("percent"), given.get("switching") or Switching.NONE
    uses_aql = scheme in (*TABLES, Scheme.C0)
    if scheme in TABLES and level not in LEVELS:
        raise Invalid(
            _("The tables need an inspection level."),
            field="level",
            hint=_("One of %(all)s.") % {"all": ", ".join(LEVELS)},
        )
    if uses_aql and (aql is None or Decimal(aql) not in AQLS):
        raise Invalid(
            _("The tables have no column for this AQL."),
            field="aql",
            hint=_("One of %(all)s.") % {"all": ", ".join(map(str, AQLS))},
        )
    if scheme == Scheme.Z19 and aql is not None and (level not in variables.LEVELS or aql not in variables.AQLS):
        raise Invalid(
            _("Z1.9 has no table for this level and AQL."),
            field="level" if level not in variables.LEVELS else "aql",
            hint=_("Levels %(levels)s, AQL %(aqls)s.")
            % {"levels": ", ".join(variables.LEVELS), "aqls": ", ".join(variables.AQL_TEXTS)},
        )
    if scheme == Scheme.FIXED and (size is None or size < 1):
        raise Invalid(_("Say how many pieces are taken: one or more."), field="size")
    uses_percent = scheme in (Scheme.PERCENT, Scheme.C0)  # of C = 0 the limiting quality, which may be left out
    if scheme == Scheme.PERCENT and percent is None or uses_percent and percent is not None and not 0 < percent <= 100:
        raise Invalid(_("Say which part of the lot is taken: above 0, at most 100."), field="percent")
    if switching != Switching.NONE and scheme not in TABLES:
        raise Invalid(
            _("Only plans of the tables are switched."),
            field="switching",
            hint=_("Choose “no switching”, or another scheme."),
        )
    return {
        "scheme": scheme, "level": level if scheme in TABLES else "", "aql": aql if uses_aql else None,
        "size": size if scheme == Scheme.FIXED else None, "percent": percent if uses_percent else None,
        "switching": switching, **_check_skipping(given),
    }  # fmt: skip


def _check_skipping(given: dict[str, Any]) -> dict[str, Any]:
    """The columns of the skipping. Raises Invalid."""
    rule = given.get("skipping") or Skipping.NONE
    numbers = {name: given.get(name) for name in SKIPPING[1:]}
    if rule == Skipping.NONE:
        return {"skipping": rule, **dict.fromkeys(numbers)}
    wanted = {"skip_after": 1, "skip_most_lots": 1, "skip_most_days": 1}
    if rule == Skipping.SKIP_LOT:
        wanted["skip_one_in"] = 2
    else:
        numbers["skip_one_in"] = None
    for name, least in wanted.items():
        if (told := numbers[name]) is None or told < least:
            raise Invalid(
                _("Skipping lots needs this number: %(least)s or more.") % {"least": least}, field=name,
                hint=_("Usual: after 10 accepted lots, one in 2, at least every 10 lots and every 180 days."),
            )  # fmt: skip
    return {"skipping": rule, **numbers}


def _check_kind(kind: str, given: dict[str, Any]) -> None:
    if given["skipping"] != Skipping.NONE and kind != InspectionKind.INCOMING:
        raise Invalid(
            _("Lots are skipped at goods receipt only."), field="skipping", hint=_("Choose “every lot is inspected”.")
        )
    if given["certificates"] and kind != InspectionKind.INCOMING:
        raise Invalid(
            _("Certificates come with a goods receipt: only a plan for incoming inspection asks for them."),
            field="certificates", hint=_("Choose none."),
        )  # fmt: skip


def edit(*, inspectionplan: InspectionPlan, by: Any, version: int | None = None, **head: Any) -> InspectionPlan:
    """The head of a draft: title, drawing, sampling rule, what happens meanwhile. The scope is that of all its editions."""

    def change(row: InspectionPlan) -> tuple[str, ...]:
        given = _head(head, row)
        _check_kind(row.kind, given)
        for name, value in given.items():
            setattr(row, name, value)
        row.note = head.get("note", row.note)
        row.edited_by = by
        return (*HEAD, "edited_by")

    return _step(inspectionplan, "edit", by, version=version, change=change)


def characterise(
    *,
    inspectionplan: InspectionPlan,
    by: Any,
    characteristics: Sequence[dict[str, Any]],
    version: int | None = None,
    then: Callable[[], None] | None = None,
) -> InspectionPlan:
    """All characteristics, in their order: those with a `uid` of the plan change, those without are added, the others go.

    Raises Invalid with the line that cannot be; then nothing changes. `then` runs in the same act.
    """

    def change(row: InspectionPlan) -> tuple[str, ...]:
        lines.write(row, lines.checked(characteristics, scheme=row.scheme))
        if then is not None:
            then()
        row.edited_by = by
        return ("edited_by",)

    return _step(inspectionplan, "characterise", by, version=version, change=change)


def submit(*, inspectionplan: InspectionPlan, by: Any, version: int | None = None) -> InspectionPlan:
    """Raises Invalid where the s method or a formula cannot be carried out: rules may have become stricter since it was written."""
    sampling.check_measured(inspectionplan.snapshot())
    sampling.check_switching(inspectionplan.snapshot())
    lines.check_formulas([{name: getattr(one, name) for name in TOLD} for one in inspectionplan.characteristics.all()])
    return _step(inspectionplan, "submit", by, version=version)


def release(
    *, inspectionplan: InspectionPlan, by: Any, signing: Signing | None, version: int | None = None
) -> InspectionPlan:
    """By another person than whoever wrote it (the database holds that too). The edition before is superseded in the same act."""

    def change(row: InspectionPlan) -> tuple[str, ...]:
        before = InspectionPlan.objects.filter(family=row.family, state="RELEASED").first()
        if before:
            records.system_step(record=before, name="supersede", by=by, payload=changed)
        row.supersedes, row.released_by, row.released_at = before, by, now()
        row.sha256 = canonical.digest(row.snapshot())
        return ("supersedes", "released_by", "released_at", "sha256")

    def signed(row: InspectionPlan, made: Signature) -> tuple[str, ...]:
        row.release = made
        return ("release",)

    return _step(inspectionplan, "release", by, version=version, signing=signing, change=change, signed=signed)


def send_back(*, inspectionplan: InspectionPlan, by: Any, reason: str, version: int | None = None) -> InspectionPlan:
    return _step(inspectionplan, "return", by, version=version, reason=reason)


def withdraw(*, inspectionplan: InspectionPlan, by: Any, reason: str, version: int | None = None) -> InspectionPlan:
    """No new inspection follows it; what it has begun goes on by its snapshot."""
    return _step(inspectionplan, "withdraw", by, version=version, reason=reason)


def cancel(*, inspectionplan: InspectionPlan, by: Any, reason: str, version: int | None = None) -> InspectionPlan:
    return _step(inspectionplan, "cancel", by, version=version, reason=reason)


def _step(plan: InspectionPlan, name: str, by: Any, **options: Any) -> InspectionPlan:
    row: InspectionPlan = records.step(record=plan, name=name, by=by, payload=changed, **options)
    return row


def changed(row: InspectionPlan) -> events.PlanChanged:
    return events.PlanChanged(
        number=row.number, part=row.part_shown, kind=str(row.kind), edition=row.edition,
        characteristics=row.characteristics.count(), sha256=row.sha256,
    )  # fmt: skip


INSPECTIONPLAN_STEPS: dict[str, Callable[..., InspectionPlan]] = {
    "edit": edit,
    "characterise": characterise,
    "submit": submit,
    "release": release,
    "return": send_back,
    "withdraw": withdraw,
    "cancel": cancel,
}
