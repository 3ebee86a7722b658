"""What stands in the navigation. One line per place; nothing registers itself.

An entry is shown when its URL exists and the reader has the permission at any site.
"""

from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from qms.accounts import access


@dataclass(frozen=True)
class Entry:
    """`keys`: the letter after g that goes there; `bar`: also in the bottom bar of small screens."""

    key: str
    url_name: str
    label: Any
    icon: str
    permission: str = ""
    group: str = "quality"
    keys: str = ""
    bar: bool = False
    short: Any = ""  # under the icon of the bottom bar


GROUPS = {"quality": _("Quality"), "plant": _("Plant data"), "office": _("Administration")}

ENTRIES = (
    Entry("home", "home", _("My work"), "house", keys="h", bar=True),
    Entry("ncr", "ncr:list", _("Nonconformances"), "octagon-alert", "ncr.view", keys="n", bar=True, short=_("NCRs")),
    Entry("floor", "ncr:floor", _("Floor entry"), "scan-line", "ncr.report", keys="e"),
    Entry("holds", "ncr:hold-list", _("Holds"), "lock", "hold.view", keys="o"),
    Entry("inspection", "inspection:inspection-list", _("Inspection"), "ruler", "inspection.view", keys="i", bar=True),
    Entry("plans", "inspection:inspectionplan-list", _("Inspection plans"), "list-checks", "inspection_plan.view"),
    Entry("gauges", "inspection:gauge-list", _("Gauges"), "gauge", "gauge.view", keys="u"),
    Entry("certificates", "inspection:certificate-list", _("Certificates"), "file-badge", "inspection.view"),
    Entry("series", "inspection:series-list", _("Measurements"), "chart-line", "measurement.view"),
    Entry("charts", "inspection:controlchart-list", _("Control charts"), "activity", "measurement.view"),
    Entry("tests", "inspection:test-list", _("Product tests"), "flask-conical", "measurement.view", group="plant"),
    Entry("alerts", "inspection:alert-list", _("Equipment alerts"), "siren", "measurement.view", group="plant"),
    Entry("fai", "fai:list", _("First articles"), "clipboard-check", "fai.view", keys="f"),
    Entry("supplier-blocks", "suppliers:supplierblock-list", _("Supplier blocks"), "ban", "supplier_block.view"),
    Entry("suppliers", "suppliers:list", _("Suppliers"), "truck", "suppliers.view", keys="s"),
    Entry("capa", "capa:list", _("CAPA"), "git-pull-request-arrow", "capa.view", keys="c", bar=True),
    Entry("documents", "documents:list", _("Documents"), "file-text", "documents.view", keys="d"),
    Entry("dashboard", "insight:dashboard", _("Dashboard"), "chart-column", "ncr.view", keys="k"),
    Entry("masterdata", "masterdata:home", _("Master data"), "database", "masterdata.view", group="plant", keys="m"),
    Entry("reasons", "office:reasons", _("Reasons for change"), "pencil-line", "masterdata.view", group="plant"),
    Entry("codes", "ncr:code-list", _("Defect codes"), "tags", "ncr.view", group="plant"),
    Entry("commands", "ncr:command-list", _("Commands"), "megaphone", "command.send", group="plant"),
    Entry(
        "monitor",
        "connectors:monitor",
        _("Integrations"),
        "cable",
        "interface.view",
        group="plant",
        keys="x",
        short=_("Interfaces"),
    ),
    Entry("automation", "automation:rule-list", _("Automation"), "bot", "automation.view", group="plant", keys="a"),
    Entry("trail", "office:trail", _("Audit trail"), "scroll-text", "trail.view", group="office", keys="t"),
    Entry(
        "trail-reviews",
        "reviews:trailreview-list",
        _("Trail reviews"),
        "scan-search",
        "trail_review.view",
        group="office",
    ),
    Entry("retention", "retention:legalhold-list", _("Retention"), "archive", "legal_hold.view", group="office"),
    Entry(
        "qualifications",
        "qualifications:qualification-list",
        _("Qualifications"),
        "graduation-cap",
        "qualification.view",
        group="office",
    ),
    Entry("exports", "office:exports", _("Exports"), "package-check", "record.export", group="office"),
    Entry("tours", "insight:tours", _("Tours"), "map", group="office"),
    Entry("people", "office:people", _("People and roles"), "users", "account.view", group="office", keys="p"),
    Entry("imports", "imports:list", _("Imports"), "file-up", "import.run", group="office"),
    Entry("settings", "office:settings", _("Settings"), "settings", "account.view", group="office"),
)


@dataclass(frozen=True)
class Link:
    entry: Entry
    url: str
    active: bool


@dataclass(frozen=True)
class Group:
    label: Any
    links: list[Link]


def links(user: Any, path: str) -> list[Link]:
    """Entries open to the reader; the longest URL that begins the path is the active one."""
    found = [(entry, url) for entry in ENTRIES if (url := _url(entry)) and _open(user, entry)]
    here = max((url for _, url in found if _covers(url, path)), key=len, default="")
    return [Link(entry, url, url == here) for entry, url in found]


def groups(found: list[Link]) -> list[Group]:
    shelves = {key: Group(label, [link for link in found if link.entry.group == key]) for key, label in GROUPS.items()}
    return [group for group in shelves.values() if group.links]


def _covers(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))


def _url(entry: Entry) -> str:
    try:
        return reverse(entry.url_name)
    except NoReverseMatch:
        return ""


def _open(user: Any, entry: Entry) -> bool:
    return not entry.permission or access.may(user, entry.permission)
