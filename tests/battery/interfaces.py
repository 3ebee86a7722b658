"""One interface with a message, a run and a posting under way for a site, each with a word of its own in its texts."""

import hashlib
import io
from typing import Any

from connectors import actions, reconcile
from connectors.actions import contracts
from connectors.models import (
    Alarm,
    Contract,
    Delivery,
    Flow,
    FlowState,
    InboxMessage,
    Intake,
    Kind,
    MessageState,
    Mode,
    ReconcileRun,
    SyncRun,
    Webhook,
    WebhookDelivery,
    WebhookState,
)
from connectors.outbox import subscriptions
from connectors.reconcile.seen import Seen
from inspection.events import OccasionTold
from inspection.models import InspectionOccasion, InspectionPlan
from ncr.models import Hold
from qms import journal
from qms.accounts.models import Site
from qms.commands import handshake
from qms.commands.choices import Ask
from qms.commands.models import Command, Posting
from qms.imports import actions as imports
from qms.imports.models import ImportBatch
from qms.lib.clock import now
from qms.lib.ids import uuid7
from qms.masterdata import actions as masterdata
from qms.masterdata.models import Crosswalk, FieldConflict, Lot, Normalisation
from tests.factories import Factory, person, values


def things(site_code: str, word: str, code: str) -> dict[str, Any]:
    site = Site.objects.get(code=site_code)
    interface, _changed = actions.connect(
        code=code,
        name=f"MES {word}",
        kind=Kind.MES,
        adapter="cloudevents",
        base_url="",
        settings={"timezone": "UTC", "takes_commands": ["special_instruction"]},
        secrets={},
        site=site,
        mode=Mode.LIVE,
        by=journal.SYSTEM,
        purpose=word,
    )
    hook = webhook(site, word)
    return {
        "webhook": hook,
        "command": command(interface, site),
        "webhook_delivery": WebhookDelivery.objects.create(
            webhook=hook, entry_id=1, event="ncr.reported", subject=word
        ),
        "interface": interface,
        "message": message(interface, word),
        "intake": Intake.objects.create(interface=interface, name=f"{word}.csv"),
        "alarm": Alarm.objects.create(interface=interface, kind="gap"),
        "run": SyncRun.objects.create(interface=interface, started_by=word),
        "delivery": delivery(interface, site),
        **differing(interface, word),
        "flow": flow(interface, word),
        "contract": contract(interface, word),
        "name": named(interface, word),
        "spelling": spelling(interface, word),
        "conflict": conflict(site, word),
        "occasion": occasion(site, word),
        "signal": Factory().signal(site=site.code, reaction=word),
        "lot": Lot.objects.filter(site=site).order_by("-pk").first(),
        "batch": batch(site, word),
        "values": values.values(12, site=site_code, part=word, source=f"mes-{word}", header={"gauge": word}),
        "series": values.series(site=site_code, part=word, characteristic=word, source=f"mes-{word}"),
    }


def command(interface: Any, site: Site) -> Command:
    hold = Hold.objects.filter(site=site, compartment=None, state__in=("REQUESTED", "ACTIVE")).order_by("pk")[0]
    return handshake.request(
        record=hold.ncr, kind=Ask.HOLD, purpose=f"hold:{hold.pk}:shown", target=interface.code, quantity=hold.quantity,
        unit=hold.unit, by=journal.SYSTEM, lot=hold.lot_number,
    )  # fmt: skip


def webhook(site: Site, word: str) -> Webhook:
    """Written as `subscribe` leaves it; its address would be refused on this machine."""
    with journal.act(journal.EVENTS["webhook.created"], by=journal.SYSTEM) as act:
        made = Webhook.objects.create(name=word, url=f"https://{word.lower()}.example/", site=site, sites=[site.code])
        WebhookState.objects.create(webhook=made, problem=word)
        act.record(made, subscriptions.changed(made))
    return made


def message(interface: Any, word: str) -> InboxMessage:
    body = f'{{"note": "{word}"}}'.encode()
    return InboxMessage.objects.create(
        interface=interface,
        site=interface.site,
        source=f"{interface.code}|{word}",
        message_id=word,
        message_type="mes.defect.logged",
        body=body,
        body_sha256=hashlib.sha256(body).hexdigest(),
        state=MessageState.NEEDS_MAPPING,
        problem=word,
    )


def contract(interface: Any, word: str) -> Contract:
    with journal.act(journal.EVENTS["contract.learned"], by=journal.SYSTEM) as act:
        told = {"types": ["text"], "always": False, "filled": 50, "codes": [word]}
        made = Contract.objects.create(
            interface=interface, message_type="mes.test.completed", shape={f"/{word}": told}, accepted_at=now(),
            learned={"tests": 1, "messages": 9}, accepted_by=person("integration"),
        )  # fmt: skip
        act.record(interface, contracts.changed(made))
    return made


def flow(interface: Any, word: str) -> Flow:
    with journal.act(journal.EVENTS["flow.expected"], by=journal.SYSTEM) as act:
        made = Flow.objects.create(interface=interface, object=word, direction="in", every=60)
        FlowState.objects.create(flow=made)
        act.record(interface, journal.EVENTS["flow.expected"].payload(interface.code, word, "in", 60))
    return made


def named(interface: Any, word: str) -> Crosswalk:
    """Good for its site only."""
    with journal.act(journal.EVENTS["crosswalk.mapped"], by=journal.SYSTEM) as act:
        made = Crosswalk.objects.create(
            source=interface.code, kind="lot", foreign_value=word, local_value=f"L-{word}", site=interface.site,
            matched="merge", change=uuid7(),
        )  # fmt: skip
        act.record(made, journal.EVENTS["crosswalk.mapped"].payload("lot", interface.code, word, f"L-{word}"))
    return made


def occasion(site: Site, word: str) -> InspectionOccasion:
    """Of a plan that everybody of the site sees."""
    plan = InspectionPlan.objects.filter(site=site, compartment=None).order_by("pk")[0]
    with journal.act(journal.EVENTS["inspection.not_triggered"], by=journal.SYSTEM) as act:
        made = InspectionOccasion.objects.create(
            site=site, key=f"receipt:{word}", occasion="receipt", kind=plan.kind, source_key=0, subject=word,
            part_number=plan.part_number, plan=plan, problem=word, tries=1, since=now(),
        )  # fmt: skip
        act.record(made, OccasionTold("receipt", word, plan.part_number, plan.number, "", word, 1))
    return made


def conflict(site: Site, word: str) -> FieldConflict:
    record = Hold.objects.filter(site=site, compartment=None).order_by("pk")[0].ncr
    masterdata.disagree(said=[masterdata.Said(record, "ncrs", "severity", "mes", word, word)], by=journal.SYSTEM)
    return FieldConflict.objects.get(record_number=record.number)


def spelling(interface: Any, word: str) -> Normalisation:
    with journal.act(journal.EVENTS["spelling.drafted"], by=journal.SYSTEM) as act:
        made = Normalisation.objects.create(source=interface.code, kind="lot", edition=1, note="as agreed", examples=[])
        act.record(made, journal.EVENTS["spelling.drafted"].payload(interface.code, "lot", 1, 0))
    return made


def differing(interface: Any, word: str) -> dict[str, Any]:
    """A run with one difference, as the register leaves it."""
    run = ReconcileRun.objects.create(interface=interface, origin="asked", asked_by=word, finished_at=now())
    seen = [Seen("items", word, "differs", word, fields=[["name", word, word]])]
    reconcile.settle(run=run, seen=seen, objects={"items"}, by=journal.SYSTEM)
    return {"reconciliation": run, "difference": run.differences.get()}


def delivery(interface: Any, site: Any) -> Delivery:
    posting = Posting.objects.filter(site=site).order_by("pk").first()
    found = Delivery.objects.filter(posting=posting).first()
    return found or Delivery.objects.create(posting=posting, interface=interface, aggregate=posting.record_number)


def batch(site: Any, word: str) -> ImportBatch:
    """A file of lots that was uploaded and checked: nobody knows its part."""
    file = io.BytesIO(f"external_id,number,part\n{word},LOT-{word},{word}\n".encode())
    declared = {"encoding": "utf-8", "separator": "comma", "decimal_sign": "point", "date_format": "iso"}
    found = imports.upload(
        kind="lots",
        site=site,
        source="old",
        name=f"{word}.csv",
        file=file,
        timezone="UTC",
        by=person("admin"),
        **declared,
    )
    return imports.check(batch=found, by=person("admin"))
