"""The report of a periodic review in words, for the page and for the print."""

import re
from typing import Any

from django.apps import apps
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qms.accounts.roles import ROLES
from qms.journal import EVENTS
from qms.lib.release import product
from qms.records.told import moment

from .models import SystemReview
from .queries import periodic

GAP = re.compile(r"%\(\w+\)s")


def event(name: str) -> str:
    """What such an act says, without its particulars."""
    known = EVENTS.get(name)
    return GAP.sub("…", str(known.sentence)) if known else name


def shown(review: SystemReview) -> dict[str, Any]:
    """Empty before the review begins."""
    told = periodic.told(review)
    if not told:
        return {}
    lines = {section["name"]: section["lines"] for section in told["sections"]}
    return {
        "period": [parse_datetime(told["from"]), parse_datetime(told["until"])],
        "sections": [
            {
                "title": str(section.title),
                "lines": [
                    {**line, "at": parse_datetime(line["last"]), "words": event(line["event"])} for line in found
                ],
            }
            for section in periodic.SECTIONS
            if (found := lines.get(section.name)) is not None
        ],
        "kinds": [{**one, "words": _kind(one["kind"])} for one in told["kinds"]],
        "reviews": [{**one, "when": parse_datetime(one["at"])} for one in told["reviews"]],
        "roles": [
            {"people": one["people"], "words": str(ROLES.get(one["role"], one["role"]))} for one in told["access"]
        ],
    }


def _kind(label: str) -> str:
    """As the kind is called; the label of one that a later release does not know any more."""
    try:
        return str(apps.get_model(label)._meta.verbose_name)
    except LookupError:
        return label


def page(review: SystemReview, *, at: Any, by: Any, signatures: Any) -> dict[str, Any]:
    """Everything that the print shows, as data."""
    told, language = shown(review), get_language() or "en"
    return {
        "lang": "zh" if language.startswith("zh") else "en",
        "region": "cn" if language.startswith("zh") else "gb",
        "number": review.number,
        "title": review.title,
        "facts": _facts(review, told, at, by),
        "tables": _tables(told),
        "signatures": [
            {"name": one.signer_name, "meaning": str(one.get_meaning_display()), "at": moment(one.signed_at)}
            for one in signatures
        ],
        "signed": _("Signatures"),
        "unsigned": _("Draft: not signed."),
        "product": product(),
        "at": moment(at),
        "none": _("nothing in the period"),
    }


def _facts(review: SystemReview, told: dict[str, Any], at: Any, by: Any) -> list[list[str]]:
    first, last = told["period"]
    rows = [
        [_("Periodic review"), f"{review.number} · {review.get_state_display()}"],
        [_("Site"), _("all sites") if review.every_site else str(review.site)],
        [_("Period"), f"{moment(first)} – {moment(last)}"],
        [_("Trail"), _("%(size)s sealed entries") % {"size": review.trail_size}],
        [_("SHA-256 of the report"), review.report_digest],
        [_("Judgement"), str(review.get_verdict_display() or "–")],
        [_("Conclusion"), review.conclusion or "–"],
        [_("Printed"), f"{moment(at)}, {by}"],
    ]
    return [[str(label), str(value)] for label, value in rows]


def _tables(told: dict[str, Any]) -> list[dict[str, Any]]:
    acts = [
        {
            "title": section["title"],
            "head": [_("What happened"), _("How often"), _("Last")],
            "rows": [[line["words"], str(line["count"]), moment(line["at"])] for line in section["lines"]],
        }
        for section in told["sections"]
    ]
    kinds = [
        [one["words"], str(one["begun"]), str(one["open"]), str(one["late"]), ", ".join(one["numbers"])]
        for one in told["kinds"]
    ]
    reviews = [[one["number"], one["title"], moment(one["when"]), str(one["exceptions"])] for one in told["reviews"]]
    roles = [[one["words"], str(one["people"])] for one in told["roles"]]
    heads = [_("Kind of record"), _("Recorded"), _("Open at the end"), _("Overdue"), _("Open records")]
    return [
        *acts,
        {"title": _("Records"), "head": heads, "rows": kinds},
        {
            "title": _("Signed reviews"),
            "head": [_("Number"), _("Title"), _("Reviewed"), _("Exceptions")],
            "rows": reviews,
        },
        {"title": _("Roles at the end"), "head": [_("Role"), _("People")], "rows": roles},
    ]
