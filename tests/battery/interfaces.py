"""One interface with a message, a run and a posting under way for a site, each with a word of its own in its texts."""

import hashlib
import io
from typing import Any

from connectors import actions
from connectors.models import (
    Delivery,
    InboxMessage,
    Kind,
    MessageState,
    Mode,
    SyncRun,
    Webhook,
    WebhookDelivery,
    WebhookState,
)
from connectors.outbox import subscriptions
from ncr.models import Hold
from qms import journal
from qms.accounts.models import Site
from qms.commands import handshake
from qms.commands.choices import Ask
from qms.commands.models import Command, Posting
from qms.imports import actions as imports
from qms.imports.models import ImportBatch
from qms.masterdata.models import Lot
from tests.factories import person


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
        "run": SyncRun.objects.create(interface=interface, started_by=word),
        "delivery": delivery(interface, site),
        "lot": Lot.objects.filter(site=site).order_by("-pk").first(),
        "batch": batch(site, word),
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
