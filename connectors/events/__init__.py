from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event

from . import deletions as deletions
from . import downtime as downtime


@dataclass(frozen=True)
class WebhookChanged:
    """`types` empty: every type. Keys are never told."""

    name: str
    url: str
    sites: list[str]
    types: list[str]


@dataclass(frozen=True)
class WebhookStopped:
    name: str
    url: str
    why: str


@dataclass(frozen=True)
class WebhookReplayed:
    name: str
    count: int
    since: str
    until: str


WEBHOOK_CREATED = Event("webhook.created", _("The webhook %(name)s to %(url)s was created."), WebhookChanged)
WEBHOOK_EDITED = Event("webhook.edited", _("The webhook %(name)s was changed."), WebhookChanged)
WEBHOOK_ROTATED = Event("webhook.rotated", _("The webhook %(name)s got a new secret."), WebhookChanged)
WEBHOOK_PAUSED = Event("webhook.paused", _("The webhook %(name)s was paused."), WebhookChanged)
WEBHOOK_RESUMED = Event("webhook.resumed", _("The webhook %(name)s was resumed."), WebhookChanged)
WEBHOOK_PINGED = Event("webhook.pinged", _("A test event was sent to the webhook %(name)s."), WebhookChanged)
WEBHOOK_REPLAYED = Event("webhook.replayed", _("%(count)s events are sent to %(name)s again."), WebhookReplayed)
WEBHOOK_DROPPED = Event(
    "webhook.dropped", _("The event %(since)s of %(until)s is given up for %(name)s."), WebhookReplayed
)
WEBHOOK_STOPPED = Event("webhook.stopped", _("The webhook %(name)s was stopped: %(why)s"), WebhookStopped)


@dataclass(frozen=True)
class Connected:
    """`secrets`: names of the credentials that are kept sealed, never their values."""

    interface: str
    adapter: str
    base_url: str
    mode: str
    secrets: list[str]


@dataclass(frozen=True)
class RefreshAsked:
    interface: str
    object: str
    number: str
    external_id: str
    run: str


@dataclass(frozen=True)
class TrialAsked:
    interface: str
    full: bool
    run: str


@dataclass(frozen=True)
class Switched:
    interface: str
    mode: str


@dataclass(frozen=True)
class Mastered:
    """Who is the system of record of an object: erp, mes or qms; "" before or after: the interface itself."""

    interface: str
    object: str
    old: str
    new: str


@dataclass(frozen=True)
class Watched:
    """`last_at`: the last success, "" when there never was one."""

    interface: str
    last_at: str


@dataclass(frozen=True)
class Letters:
    """Dead letters that a person took on: how many, and which."""

    interface: str
    count: int
    letters: list[str]


CONNECTED = Event("interface.connected", _("%(interface)s was connected to %(base_url)s (%(adapter)s)."), Connected)
SWITCHED = Event("interface.switched", _("%(interface)s was switched to mode %(mode)s."), Switched)
PAUSED = Event("interface.paused", _("%(interface)s was paused."), Switched)
RESUMED = Event("interface.resumed", _("%(interface)s was resumed."), Switched)
MASTERED = Event(  # of earlier releases: nothing writes it any more
    "interface.mastered", _("System of record of %(object)s for %(interface)s: %(old)s → %(new)s."), Mastered
)


@dataclass(frozen=True)
class Alarmed:
    """`kind` of alarm, `name`: what it is about, `told`: in words."""

    interface: str
    kind: str
    name: str
    told: str


@dataclass(frozen=True)
class Carried:
    """How a transport is set up; `secrets`: names of the credentials that are kept sealed, never their values."""

    interface: str
    transport: str
    address: str
    secrets: list[str]


ALARMED = Event("interface.alarmed", _("%(interface)s needs a look: %(told)s"), Alarmed)
ALARM_SETTLED = Event("interface.alarm_settled", _("Looked into at %(interface)s: %(told)s"), Alarmed)
CARRIED = Event("interface.carried", _("%(interface)s is carried by %(transport)s at %(address)s."), Carried)
SILENT = Event(
    "interface.silent", _("%(interface)s is silent for longer than expected; last success: %(last_at)s."), Watched
)
RECOVERED = Event("interface.recovered", _("%(interface)s is heard again."), Watched)
CONFIGURED = Event("interface.configured", _("Purpose, owner or times of %(interface)s were changed."), Switched)
LETTERS_RETRIED = Event("interface.retried", _("%(count)s dead letters of %(interface)s are tried again."), Letters)
LETTERS_DISCARDED = Event("interface.discarded", _("%(count)s dead letters of %(interface)s were discarded."), Letters)


@dataclass(frozen=True)
class LettersAssigned:
    """`cause`: in words; `count`: letters of it then."""

    interface: str
    count: int
    to: str
    cause: str


LETTERS_ASSIGNED = Event(
    "interface.letters_assigned",
    _("%(to)s takes care of %(count)s dead letters of %(interface)s: %(cause)s"),
    LettersAssigned,
)


@dataclass(frozen=True)
class Settled:
    """`kind`, `system`, `name`: the cause; `count`: its messages."""

    kind: str
    system: str
    name: str
    count: int


MESSAGES_SKIPPED = Event(
    "message.skipped", _("%(count)s messages of %(system)s were skipped (%(kind)s %(name)s)."), Settled
)
LEFT_SETTLED = Event(
    "message.settled", _("What messages of %(system)s had left to decide was settled (%(name)s)."), Settled
)
REFRESH_ASKED = Event(
    "masterdata.refresh_asked",
    _("Asked %(interface)s for %(object)s %(number)s as it stands now."),
    RefreshAsked,
)
TRIAL_ASKED = Event(
    "interface.trial_asked",
    _("Asked for a dry run of %(interface)s: what a reading would change, and nothing is taken over."),
    TrialAsked,
)


@dataclass(frozen=True)
class MappingChanged:
    """`edition` counts per interface and type of message; `tests`: how many there are."""

    number: str
    interface: str
    message_type: str
    edition: int
    tests: int


MAPPING_DRAFTED = Event(
    "mapping.drafted",
    _("Mapping drafted: edition %(edition)s of %(message_type)s from %(interface)s."),
    MappingChanged,
)
MAPPING_EDITED = Event("mapping.edited", _("Rules or tests changed; %(tests)s tests."), MappingChanged)
MAPPING_TESTED = Event("mapping.tested", _("All %(tests)s tests pass."), MappingChanged)
MAPPING_RETURNED = Event("mapping.returned", _("Sent back to the draft."), MappingChanged)
MAPPING_APPROVED = Event(
    "mapping.approved", _("Edition %(edition)s of %(message_type)s from %(interface)s approved."), MappingChanged
)
MAPPING_ACTIVATED = Event(
    "mapping.activated", _("%(interface)s reads %(message_type)s by edition %(edition)s from now on."), MappingChanged
)
MAPPING_SUPERSEDED = Event(
    "mapping.superseded", _("Edition %(edition)s of %(message_type)s gave way to another one."), MappingChanged
)
MAPPING_RETIRED = Event(
    "mapping.retired", _("%(interface)s no longer reads %(message_type)s by edition %(edition)s."), MappingChanged
)
MAPPING_ROLLED_BACK = Event(
    "mapping.rolled_back", _("%(interface)s reads %(message_type)s by edition %(edition)s again."), MappingChanged
)
MAPPING_CANCELLED = Event(
    "mapping.cancelled", _("Edition %(edition)s was given up before it was used."), MappingChanged
)


@dataclass(frozen=True)
class Reconciled:
    """`opened`: differences that are new or came back; `closed`: those that are no longer there."""

    interface: str
    compared: int
    found: int
    opened: int
    closed: int
    run: str


@dataclass(frozen=True)
class ReconcileAsked:
    interface: str
    run: str


@dataclass(frozen=True)
class Decided:
    """`to`: who takes care of it from now on; `resolution`: how it was resolved."""

    interface: str
    object: str
    key: str
    kind: str
    to: str = ""
    resolution: str = ""


@dataclass(frozen=True)
class Sheet:
    number: str
    interface: str
    day: str
    compared: int
    open: int
    resolved: int


RECONCILE_ASKED = Event("interface.reconcile_asked", _("Asked to reconcile %(interface)s."), ReconcileAsked)
RECONCILED = Event(
    "interface.reconciled",
    _("%(interface)s: %(compared)s compared, %(found)s differences, %(opened)s of them new, %(closed)s gone."),
    Reconciled,
)
DIFFERENCE_ASSIGNED = Event("difference.assigned", _("%(object)s %(key)s was assigned to %(to)s."), Decided)
DIFFERENCE_RESOLVED = Event("difference.resolved", _("%(object)s %(key)s was resolved: %(resolution)s."), Decided)
SHEET_DRAFTED = Event("day_sheet.drafted", _("Day sheet of %(interface)s for %(day)s."), Sheet)
SHEET_RENEWED = Event("day_sheet.renewed", _("Counted again: %(open)s differences open, %(resolved)s resolved."), Sheet)
SHEET_SIGNED = Event("day_sheet.signed", _("The day sheet of %(interface)s for %(day)s was reviewed."), Sheet)
SHEET_CANCELLED = Event("day_sheet.cancelled", _("The day sheet was given up."), Sheet)


@dataclass(frozen=True)
class FlowTold:
    """`every`: at least one in so many seconds. `rung`: who is told (owner, backup, integration_owner, quality_manager)."""

    interface: str
    object: str
    direction: str
    every: int
    rung: str = ""
    last_at: str = ""


@dataclass(frozen=True)
class DaemonTold:
    name: str
    seconds: int
    rung: str


@dataclass(frozen=True)
class Escalated:
    interface: str
    rung: str


FLOW_EXPECTED = Event("flow.expected", _("%(object)s of %(interface)s is expected every %(every)s s."), FlowTold)
FLOW_FORGOTTEN = Event("flow.forgotten", _("%(object)s of %(interface)s is no longer expected."), FlowTold)
FLOW_LEARNED = Event("flow.learned", _("Learned: %(object)s of %(interface)s at least every %(every)s s."), FlowTold)
FLOW_SILENT = Event(
    "flow.silent", _("%(object)s of %(interface)s is not heard; last: %(last_at)s. Told: %(rung)s."), FlowTold
)
FLOW_ESCALATED = Event("flow.escalated", _("%(object)s of %(interface)s is still not heard. Told: %(rung)s."), FlowTold)
FLOW_HEARD = Event("flow.heard", _("%(object)s of %(interface)s is heard again."), FlowTold)
DAEMON_SILENT = Event("daemon.silent", _("The process %(name)s has not beaten for %(seconds)s s."), DaemonTold)
DAEMON_ESCALATED = Event("daemon.escalated", _("The process %(name)s still does not beat. Told: %(rung)s."), DaemonTold)
DAEMON_HEARD = Event("daemon.heard", _("The process %(name)s beats again."), DaemonTold)
SILENT_ESCALATED = Event("interface.escalated", _("%(interface)s is still silent. Told: %(rung)s."), Escalated)


@dataclass(frozen=True)
class ManifestCompared:
    """`there`: on the sender's list; `run`: the comparison."""

    source: str
    there: int
    here: int
    differing: int
    run: str


MANIFEST_COMPARED = Event(
    "interface.compared",
    _("%(source)s sent a list of %(there)s messages; %(here)s are here, %(differing)s differ."),
    ManifestCompared,
)


@dataclass(frozen=True)
class Staged:
    interface: str
    object: str
    direction: str
    site: str
    stage: str


@dataclass(frozen=True)
class GoLiveTold:
    number: str
    interface: str
    object: str
    direction: str
    site: str
    seen: int
    matched: int
    kept: str


STAGED = Event("flow.staged", _("The flow %(object)s of %(interface)s is at %(stage)s from now on."), Staged)
GO_LIVE_PREPARED = Event(
    "go_live.prepared", _("Go-live of %(object)s of %(interface)s: %(seen)s compared, %(matched)s match."), GoLiveTold
)
GO_LIVE_COUNTED = Event("go_live.counted", _("Compared again: %(seen)s seen, %(matched)s match."), GoLiveTold)
GO_LIVE_SIGNED = Event("go_live.signed", _("The flow %(object)s of %(interface)s went live."), GoLiveTold)
GO_LIVE_CANCELLED = Event("go_live.cancelled", _("The go-live decision was given up."), GoLiveTold)


@dataclass(frozen=True)
class ContractChanged:
    interface: str
    message_type: str
    edition: int
    fields: int


CONTRACT_LEARNED = Event(
    "contract.learned", _("Edition %(edition)s of the contract of %(message_type)s was learned."), ContractChanged
)
CONTRACT_ACCEPTED = Event(
    "contract.accepted", _("A new shape of %(message_type)s was accepted: edition %(edition)s."), ContractChanged
)
