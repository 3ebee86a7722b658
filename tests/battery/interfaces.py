"""One interface with a message, a run and a posting under way for a site, each with a word of its own in its texts."""

import hashlib
import io
from typing import Any

from connectors import actions
from connectors.models import Delivery, InboxMessage, Kind, MessageState, Mode, SyncRun
from qms import journal
from qms.accounts.models import Site
from qms.commands.models import Posting
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
        settings={"timezone": "UTC"},
        secrets={},
        site=site,
        mode=Mode.LIVE,
        by=journal.SYSTEM,
        purpose=word,
    )
    return {
        "interface": interface,
        "message": message(interface, word),
        "run": SyncRun.objects.create(interface=interface, started_by=word),
        "delivery": delivery(interface, site),
        "lot": Lot.objects.filter(site=site).order_by("-pk").first(),
        "batch": batch(site, word),
    }


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
