"""For every route with a parameter: which address is ours, which is another site's, which does not exist."""

from typing import Any
from uuid import UUID

from connectors.models import Mapping
from inspection.models import Conformance, ControlChart, Gauge, Inspection
from ncr.models import Nonconformance
from qms.accounts.models import Badge, Grant, ServiceToken, User
from qms.docs.routes import Route
from qms.masterdata.api import NAMES
from qms.masterdata.models import Matrix
from qms.masterdata.specs import SPECS
from qms.masterdata.tables import LISTS
from qms.retention.models import Disposal
from qms.reviews.models import ReviewRule, SystemReview, TrailReview
from suppliers.models import SupplierBlock

from .crossing import ACCOUNTS, NOWHERE, Place, crossing
from .plant import Plant


def places(route: Route, plant: Plant) -> list[Place]:
    """Raises KeyError for a route whose parameters nobody explained here."""
    if route.name in ASKED_BY_QUERY:
        return ASKED_BY_QUERY[route.name](route, plant)
    if not route.parameters:
        return [Place("none", route.path())]
    if route.model and route.name not in SPECIAL:
        return _records(route, plant)
    if route.name in ACCOUNTS:
        return _accounts(route)
    if found := crossing(route, plant):
        return found
    return SPECIAL[route.name](route, plant)


def _records(route: Route, plant: Plant, model: Any = None) -> list[Place]:
    model = model or route.model
    own = plant.home[model]
    if route.step:
        step = model.workflow.transition(route.step)
        first = own[step.sources[0]]
    else:
        first = next(iter(own.values()))
    rows = (("own", first), ("other", plant.away[model]), ("closed", plant.closed[model]))
    found = [Place(where, route.path(number=r.number), model.view_permission, r.site_id, r) for where, r in rows]
    return [*found, Place("missing", route.path(number=f"{model.prefix}-99-999999"))]


def _any_record(route: Route, plant: Plant) -> list[Place]:
    return _records(route, plant, Nonconformance)


def _find(route: Route, plant: Plant) -> list[Place]:
    model: Any = Nonconformance
    rows = (("own", plant.one(model)), ("other", plant.away[model]), ("closed", plant.closed[model]))
    found = [Place(w, f"{route.path()}?q={r.number}", model.view_permission, r.site_id, r) for w, r in rows]
    return [*found, Place("missing", route.path())]


def _files(route: Route, plant: Plant) -> list[Place]:
    record = next(rows["OPEN"] for rows in plant.home.values() if "OPEN" in rows)
    away = next(iter(plant.away.values()))
    record, away = plant.home[Nonconformance]["OPEN"], plant.away[Nonconformance]
    return [
        Place("own", route.path(uid=plant.home_file.uid, size="small"), "ncr.view", record.site_id),
        Place("other", route.path(uid=plant.away_file.uid, size="small"), "ncr.view", away.site_id),
        Place("missing", route.path(uid=NOWHERE, size="small")),
    ]


def _mirror(route: Route, plant: Plant) -> list[Place]:
    pairs = (("own", plant.things["home"]["lot"]), ("other", plant.things["away"]["lot"]))
    found = [Place(w, route.path(object="lots", pk=lot.pk), "masterdata.view", lot.site_id) for w, lot in pairs]
    return [
        *found,
        Place("missing", route.path(object="lots", pk=999999999)),
        Place("missing", route.path(object="x", pk=1)),
    ]


def _interface(name: str, **parameters: Any) -> Any:
    """`parameters`: address part → function of the thing."""

    def build(route: Route, plant: Plant) -> list[Place]:
        found = []
        for where, side in (("own", "home"), ("other", "away")):
            things = plant.things[side]
            values = {part: ask(things) for part, ask in parameters.items()}
            found.append(Place(where, route.path(**values), "interface.view", things["interface"].site_id))
        nothing = {part: NOWHERE if part == "uid" else "nothing" for part in parameters}
        return [
            *found,
            Place("missing", route.path(**{**nothing, **({"kind": "item"} if "kind" in parameters else {})})),
        ]

    return build


def _code(things: dict[str, Any]) -> str:
    return str(things["interface"].code)


def _message(things: dict[str, Any]) -> UUID:
    return UUID(str(things["message"].uid))


def _reference(things: dict[str, Any]) -> str:
    return str(things["delivery"].posting.reference)


def _receipts(route: Route, plant: Plant) -> list[Place]:
    found = []
    for where, side in (("own", "home"), ("other", "away")):
        message = plant.things[side]["message"]
        rest = f"{message.source.partition('|')[2]}/{message.message_id}"
        found.append(Place(where, route.path(rest=rest), "ncr.view", message.site_id))
    return [*found, Place("missing", route.path(rest="nothing/at-all"))]


def _accounts(route: Route) -> list[Place]:
    service = "services" in route.pattern
    user = User.objects.get(username="svc-mes" if service else "operator")
    token = ServiceToken.objects.filter(user=user).first()
    values = {"username": user.username, "grant": Grant.objects.filter(user=user).first(), "uid": token and token.uid}
    values["grant"] = values["grant"] and values["grant"].pk
    values["badge"] = Badge.objects.get(user__username="operator").pk
    missing = {**values, "username": "nobody-of-this-name"}
    return [Place("own", route.path(**values)), Place("missing", route.path(**missing))]


def _codes(route: Route, plant: Plant) -> list[Place]:
    return [Place("own", route.path(code="DIM-OUT")), Place("missing", route.path(code="NO-SUCH-CODE"))]


def _compartments(route: Route, plant: Plant) -> list[Place]:
    names = {"username": "operator"} if "username" in route.parameters else {}
    missing = route.path(code="NO-SUCH-COMPARTMENT", **names)
    return [Place("own", route.path(code="ITAR-X", **names)), Place("missing", missing)]


def _sites(route: Route, plant: Plant) -> list[Place]:
    return [Place("own", route.path(code="AUG")), Place("missing", route.path(code="NO-SUCH-SITE"))]


def _reasons(route: Route, plant: Plant) -> list[Place]:
    return [Place("own", route.path(code="TYPING")), Place("missing", route.path(code="NO-SUCH-CODE"))]


OF_DELIVERY = {f"connectors:webhook-{word}" for word in ("delivery", "again", "give-up")}


def _webhook(route: Route, plant: Plant) -> list[Place]:
    kind = "webhook_delivery" if route.name in OF_DELIVERY else "webhook"
    pairs = (("own", plant.things["home"]), ("other", plant.things["away"]))
    found = [
        Place(w, route.path(uid=things[kind].uid), "webhook.view", things["webhook"].site_id) for w, things in pairs
    ]
    return [*found, Place("missing", route.path(uid=NOWHERE))]


def _commands(route: Route, plant: Plant) -> list[Place]:
    word = {} if route.is_api or route.name == "ncr:command" else {"name": "verify"}
    pairs = (("own", plant.things["home"]), ("other", plant.things["away"]))
    found = [Place(w, route.path(uid=t["command"].uid, **word), "ncr.view", t["command"].site_id) for w, t in pairs]
    return [*found, Place("missing", route.path(uid=NOWHERE, **word))]


WEBHOOKS = ("webhook", "webhook-edit", "webhook-rotate", "webhook-pause", "webhook-resume", "webhook-ping")
WEBHOOKS += ("webhook-replay", "webhook-delivery", "webhook-again", "webhook-give-up")
API_WEBHOOKS = ("webhook", "webhook-rotate", "webhook-pause", "webhook-resume", "webhook-ping", "webhook-replay")


def _schemas(route: Route, plant: Plant) -> list[Place]:
    return [Place("own", route.path(kind="qms.ncr.closed.v1")), Place("missing", route.path(kind="qms.no.such.v1"))]


def _tabs(route: Route, plant: Plant) -> list[Place]:
    """Whose list it is asks the right of the list; another one does not exist for the reader."""
    return [Place("own", route.path(name="ncrs"), "ncr.view"), Place("missing", route.path(name="nothing"))]


def _jobs(route: Route, plant: Plant) -> list[Place]:
    """A job belongs to whoever began it; nobody of the cast has one."""
    return [Place("missing", route.path(uid=NOWHERE))]


def _batches(route: Route, plant: Plant) -> list[Place]:
    found = [
        Place(where, route.path(uid=plant.things[side]["batch"].uid), "import.run", plant.things[side]["batch"].site_id)
        for where, side in (("own", "home"), ("other", "away"))
    ]
    return [*found, Place("missing", route.path(uid=NOWHERE))]


def _templates(route: Route, plant: Plant) -> list[Place]:
    return [Place("own", route.path(kind="lots", form="csv")), Place("missing", route.path(kind="nothing", form="csv"))]


def _mirror_number(object: str) -> Any:
    """Over REST a row of the mirror goes by its number; of lots the plant has one on either site."""

    def build(route: Route, plant: Plant) -> list[Place]:
        rows = [("own", SPECS[object].model.objects.live().order_by("pk").first())]
        if object == "lots":
            rows = [("own", plant.things["home"]["lot"]), ("other", plant.things["away"]["lot"])]
        found = [Place(w, route.path(number=r.number), "masterdata.view", r.site_id) for w, r in rows if r]
        return [*found, Place("missing", route.path(number="NO-SUCH-NUMBER"))]

    return build


def _listed(route: Route, plant: Plant) -> list[Place]:
    found = [Place("own", f"{route.path()}?list=/ncr/&query=", "ncr.view")]
    return [
        *found,
        Place("missing", f"{route.path()}?list=/nothing/"),
        Place("missing", f"{route.path()}?list=/people/"),
    ]


def _of(model: Any) -> Any:
    return lambda route, plant: _records(route, plant, model)


def _in_a_file(model: Any, form: str, state: str = "") -> Any:
    """A record as a file; a report exists once its review has begun."""

    def found(route: Route, plant: Plant) -> list[Place]:
        own = plant.home[model][state] if state else plant.one(model)
        rows = (("own", own), ("other", plant.away[model]), ("closed", plant.closed[model]))
        told = [Place(w, route.path(number=r.number, form=form), model.view_permission, r.site_id, r) for w, r in rows]
        return [*told, Place("missing", route.path(number=f"{model.prefix}-99-999999", form=form))]

    return found


def _rules(route: Route, plant: Plant) -> list[Place]:
    return [Place("own", route.path(pk=ReviewRule.objects.get().pk)), Place("missing", route.path(pk=999999999))]


def _suppliers(route: Route, plant: Plant) -> list[Place]:
    supplier = plant.one(SupplierBlock).supplier
    return [
        Place("own", route.path(pk=supplier.pk), SupplierBlock.view_permission),
        Place("missing", route.path(pk=999999999)),
    ]


def _classes(route: Route, plant: Plant) -> list[Place]:
    return [Place("own", route.path(code="STD-NCR")), Place("missing", route.path(code="NO-SUCH-CLASS"))]


def _stones(route: Route, plant: Plant) -> list[Place]:
    stone = plant.home[Disposal]["DISPOSED"].stones().get()
    return [
        Place("own", route.path(number=stone.number), "gauge.view", stone.site_id),
        Place("missing", route.path(number="GAU-99-999999")),
    ]


def _measured(part: str) -> Any:
    def build(route: Route, plant: Plant) -> list[Place]:
        rows = [(w, plant.things[side][part]) for w, side in (("own", "home"), ("other", "away"))]
        found = [Place(w, route.path(uid=row.uid), "measurement.view", row.site_id) for w, row in rows]
        return [*found, Place("missing", route.path(uid=NOWHERE))]

    return build


ASKED_BY_QUERY = {"ui:find": _find, "office:export-list": _listed}


def _providers(route: Route, plant: Plant) -> list[Place]:
    return [Place("own", route.path(code="battery")), Place("missing", route.path(code="no-such-provider"))]


PROVIDERS = ("provider", "provider-change", "provider-retire", "provider-try", "begin", "callback", "left")
INTERFACE_ACTS = (
    "trial switch master configure transport transport-test"
    " letters-retry letters-discard reconcile flow-expect stage golive-create downtime-create"
)
SPECIAL = {
    "suppliers:panel": _suppliers,
    "masterdata:matrix-rows": _in_a_file(Matrix, "csv"),
    **{f"identity:{name}": _providers for name in PROVIDERS},
    "identity:unbind": lambda route, plant: [
        Place("missing", route.path(username="operator"))
    ],  # nobody of the cast is bound
    "identity:step-up": _jobs,
    **dict.fromkeys(("office:signing-rule", "office:calendar"), _sites),
    "office:enclose": _any_record,
    "ncr:traveler": _any_record,
    **{f"api:ncr-{name}": _any_record for name in ("travelers", "match-lot", "refuse-lot")},
    **{
        f"ncr:traveler-{act}": lambda route, plant: [
            Place("missing", route.path(number=plant.one(Nonconformance).number, uid=NOWHERE))
        ]
        for act in ("withdraw", "copy")
    },
    **{f"office:compartment{each}": _compartments for each in ("", "-retire", "-admit", "-end")},
    "ui:signing": _jobs,
    "ui:record": _any_record,
    "ui:history": _any_record,
    "ui:then": _any_record,
    "office:attach": _any_record,
    "ui:job": _jobs,
    "ui:view-change": _jobs,
    "ui:tabs": _tabs,
    **{
        f"office:{name}": _jobs for name in ("export", "export-file", "export-cancel", "export-again")
    },  # nobody of the cast asked for one
    **{f"api:{name}": _jobs for name in ("export", "export-file")},
    "office:export-record": _any_record,
    "office:signature-withdraw": lambda route, plant: [
        Place("missing", route.path(number=next(iter(plant.home[next(iter(plant.home))].values())).number, uid=NOWHERE))
    ],
    "api:signature-withdraw": lambda route, plant: [Place("missing", route.path(uid=NOWHERE))],
    "office:notification": _jobs,  # everybody's own; the plant has told nobody
    "office:mentionable": _any_record,
    "insight:tour-begin": lambda route, plant: [Place("missing", route.path(role="nobody"))],
    "insight:snooze": _any_record,
    "insight:delegate": _any_record,
    "insight:wake": _any_record,
    **dict.fromkeys(("office:attachment", "office:file", "office:preview"), _files),
    "masterdata:detail": _mirror,
    "connectors:refresh": _mirror,
    "connectors:refreshed": lambda route, plant: [Place("missing", route.path(uid=NOWHERE))],
    **{f"api:{NAMES.get(name, name)}-detail": _mirror_number(name) for name in LISTS},
    "connectors:interface": _interface("interface", code=_code),
    "connectors:sync": _interface("interface", code=_code),
    "connectors:pause": _interface("interface", code=_code),
    "connectors:believe": _interface("run", code=_code, uid=lambda t: t["run"].uid),
    "connectors:resume": _interface("interface", code=_code),
    **{f"connectors:{act}": _interface("interface", code=_code) for act in INTERFACE_ACTS.split()},
    "connectors:letters-assign": _interface("interface", code=_code, cause=lambda t: "000000000000"),
    "connectors:run": _interface("run", code=_code, uid=lambda t: t["run"].uid),
    "connectors:message": _interface("message", uid=_message),
    **{
        f"connectors:flow-{act}": _interface("flow", code=_code, key=lambda t: t["flow"].pk)
        for act in ("learn", "forget")
    },
    **{
        f"connectors:{name}": _interface("contract", code=_code, key=lambda t: t["contract"].pk)
        for name in ("contract", "contract-accept")
    },
    "connectors:contract-learn": _interface("interface", code=_code, kind=lambda t: "mes.test.completed"),
    "connectors:reconciliation": _interface("reconciliation", uid=lambda t: t["reconciliation"].uid),
    **{
        f"connectors:{name}": _interface("difference", uid=lambda t: t["difference"].uid)
        for name in ("difference", "difference-assign", "difference-resolve")
    },
    "connectors:intake": _interface("intake", uid=lambda t: t["intake"].uid),
    "connectors:alarm": _interface("alarm", uid=lambda t: t["alarm"].uid),
    "connectors:worklist-retry": lambda route, plant: [Place("missing", route.path(uid=NOWHERE))],
    "connectors:delivery": _interface("delivery", reference=_reference),
    "connectors:retry": _interface("delivery", reference=_reference),
    "api:mes-receipt": _receipts,
    "api:erp-posting-ack": lambda route, plant: [Place("missing", route.path(reference="NCR26999999-01"))],
    "api:event-schema": _schemas,
    **{f"imports:{n}": _batches for n in ("batch", "check", "apply", "stop", "roll-back", "original", "problems")},
    "imports:template": _templates,
    "api:mes-command-ack": _commands,
    "ncr:command-step": _commands,
    "ncr:command": _commands,
    **{f"connectors:{name}": _webhook for name in WEBHOOKS},
    **{f"api:{name}": _webhook for name in (*API_WEBHOOKS, "webhook-deliveries")},
    "reviews:trailreview-entries": _of(TrailReview),
    "reviews:rule": _rules,
    "reviews:systemreview-report": _in_a_file(SystemReview, "json", "REVIEWED"),
    "inspection:conformance-print": _in_a_file(Conformance, "json"),
    "inspection:conformance-create": _of(Inspection),
    "api:conformance-pdf": _of(Conformance),
    "inspection:inspection-focus": _of(Inspection),
    "reviews:interval": lambda route, plant: [
        Place("own", route.path(code="AUG")),
        Place("missing", route.path(code="NOWHERE")),
    ],
    "retention:class": _classes,
    "retention:class-change": _classes,
    "retention:tombstone": _stones,
    "connectors:mapping-try": _of(Mapping),
    "inspection:controlchart-svg": _of(ControlChart),
    "api:control-chart-picture": _of(ControlChart),
    **{f"inspection:{each}-create": _of(Gauge) for each in ("calibration", "msastudy")},
    **{f"inspection:series{each}": _measured("series") for each in ("", "-name", "-chart", "-chart-svg", "-control")},
    **{f"inspection:{each}": _measured("values") for each in ("batch", "batch-keep")},
    "inspection:evidence": _any_record,
    "ncr:code": _codes,
    "office:reason": _reasons,
    "office:reason-retire": _reasons,
    "ncr:code-edit": _codes,
    "ncr:code-retire": _codes,
}
