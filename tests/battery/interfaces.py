"""One interface with a message, a run and a posting under way for a site, each with a word of its own in its texts."""

import hashlib
from typing import Any

from connectors import actions
from connectors.models import Delivery, InboxMessage, Kind, MessageState, Mode, SyncRun
from qms import journal
from qms.accounts.models import Site
from qms.commands.models import Posting
from qms.masterdata.models import Lot


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
