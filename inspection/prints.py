"""A certificate of conformance in words: for its page, and for the print that a customer gets."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from ncr.choices import Disposition
from qms.lib.listed import listed
from qms.lib.release import product
from qms.records.told import moment

from .choices import CertificateKind, InspectionKind, LotVerdict
from .models import Conformance
from .models.words import found_shown

TEMPLATE = Path(settings.BASE_DIR) / "templates" / "pdf" / "conformance.typ"
LANGUAGES = ("en", "zh-hans")  # the statement stands there in both


def results(row: Conformance) -> list[dict[str, Any]]:
    """A line for each characteristic: what was found as one text, and whether all of it conforms."""
    return [
        {**line, "found": found_shown(line), "conforms": not line["bad"]} for line in row.content.get("results", ())
    ]


def statement(row: Conformance, language: str) -> str:
    with translation.override(language):
        if row.deviations or row.content["concessions"]:
            return _(
                "We certify that the goods named above were inspected and conform to the drawing or specification named above,"
                " apart from the deviations named above."
            )
        return _(
            "We certify that the goods named above were inspected and conform to the drawing or specification named above."
        )


def page(row: Conformance, *, at: Any, by: str, signatures: Any) -> dict[str, Any]:
    """Everything that the print shows, as data."""
    language = get_language() or "en"
    is_chinese = language.startswith("zh")
    return {
        "lang": "zh" if is_chinese else "en",
        "region": "cn" if is_chinese else "gb",
        "title": _("Certificate of conformance"),
        "number": row.number,
        "issuer": (row.site.name_zh if is_chinese else "") or row.site.name,
        "mark": {"DRAFT": _("Draft"), "WITHDRAWN": _("Withdrawn"), "CANCELLED": _("Cancelled")}.get(row.state, ""),
        "facts": [[str(label), str(value)] for label, value in _facts(row) if value],
        "head": [_("No."), _("Characteristic"), _("Requirement"), pgettext("measured", "Found"), "n", _("Verdict")],
        "results": [
            [
                line["balloon"], line["name"] + (" ◆" if line["is_key"] else ""), line["required"] or "–", line["found"],
                str(line["n"]), _("Conforms") if line["conforms"] else _("%(count)s do not conform") % {"count": line["bad"]},
            ]
            for line in results(row)
        ],
        "key": _("◆ key characteristic") if any(one["is_key"] for one in row.content["results"]) else "",
        "parts": [{"title": title, "lines": lines} for title, lines in parts(row) if lines],
        "statements": [statement(row, each) for each in LANGUAGES],
        "signed": _("Signed electronically"),
        "unsigned": _("Not issued: nobody has signed."),
        "signatures": [
            {"name": one.signer_name, "meaning": str(one.get_meaning_display()), "at": moment(one.signed_at)}
            for one in signatures
        ],
        "labels": {"results": _("Results"), "nothing": _("No readings stand behind it.")},
        "foot": f"{row.number} · QMS {product()} · {moment(at)} · {by}",
    }  # fmt: skip


def _facts(row: Conformance) -> Iterator[tuple[str, Any]]:
    told = row.content
    yield _("Customer"), row.customer_name
    yield _("Customer's order"), row.customer_order
    yield _("Delivery"), row.delivery
    yield _("Part"), " ".join(filter(None, (row.part_number, row.part_revision, row.part_name)))
    yield _("Lot"), row.lot_number
    yield _("Quantity"), row.quantity_shown
    yield _("Serial numbers"), ", ".join(row.serials)
    yield _("Drawing or specification"), row.specification
    yield _("Inspection"), f"{row.inspection.number} · {InspectionKind(told['kind']).label}"
    yield _("Plan"), _plan(told["plan"])
    yield _("Sample"), _sample(row)
    yield _("Usage decision"), _decision(told["decision"])


def _plan(plan: dict[str, Any]) -> str:
    return _("%(plan)s, edition %(edition)s") % {"plan": plan["number"], "edition": plan["edition"]}


def _sample(row: Conformance) -> str:
    told = row.content
    if told["sample_size"] is None:
        return ""
    words = {"n": told["sample_size"], "size": f"{told['lot_size']} {row.unit}"}
    verdict = LotVerdict(told["verdict"]).label if told["verdict"] else "–"
    return _("%(n)s of %(size)s") % words + f", {verdict}"


def _decision(told: dict[str, Any]) -> str:
    return ", ".join(
        filter(None, (told["by"], moment(datetime.fromisoformat(told["at"])) if told["at"] else "", told["note"]))
    )


def parts(row: Conformance) -> Iterator[tuple[str, list[str]]]:
    """What else it says: (title, lines)."""
    told = row.content
    agreed = [_concession(one, row.unit) for one in told["concessions"]]
    yield _("Deviations"), [*agreed, *([row.deviations] if row.deviations else [])]
    yield _("Certificates behind it"), [_certificate(one) for one in told["certificates"]]
    yield _("Gauges"), [_gauge(one) for one in told.get("gauges", ())]
    yield _("Remarks"), [row.remarks] if row.remarks else []


def _concession(one: dict[str, str], unit: str) -> str:
    words = {"kind": Disposition(one["kind"]).label, "quantity": one["quantity"], "unit": unit, "ncr": one["ncr"]}
    told = _("%(kind)s: %(quantity)s %(unit)s, %(ncr)s") % words
    return f"{told} ({one['customer']})" if one["customer"] else told


def _certificate(one: dict[str, Any]) -> str:
    told = f"{CertificateKind(one['kind']).label} {one['reference']}, {one['issuer']}"
    heat = pgettext("material", "heat")
    return f"{told} ({heat} {listed(one['heats'])})" if one["heats"] else told


def _gauge(one: dict[str, str]) -> str:
    due = _("calibrated until %(day)s") % {"day": one["due"]} if one["due"] else ""
    return " · ".join(filter(None, (one["asset"], one["name"], due)))
