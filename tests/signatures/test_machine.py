"""G8: people log in and out, wait, change and sign at random; what happens is compared with the rules, told here once more in plain words.

No transition without its signatures, no signature with a component missing or wrong, none that survives a change of what was signed,
and none that covers anything but its own record, version, meaning and signer.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import transaction
from django_otp.oath import TOTP
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from ncr import actions as ncr
from ncr.models import Nonconformance
from qms import journal
from qms.accounts import actions as accounts
from qms.accounts import codes
from qms.accounts.models import FailedAttempt, Site, User
from qms.demo.cast import PASSWORD
from qms.journal.models import Entry
from qms.lib import clock
from qms.lib.errors import Forbidden, Refusal, SignatureRefused
from qms.lib.ids import uuid7
from qms.lib.reading import for_reading
from qms.records import actions as records
from qms.records import queries
from qms.records.actions import Signing
from qms.signatures import actions as signatures
from qms.signatures import series
from qms.signatures.models import Signature
from qms.signatures.series import Place
from tests.factories import Factory, person
from tests.sizes import size

PROVES = ("G8", "11.50", "11.70", "11.200(a)", "11.300(d)")
STEPS, EXAMPLE = size(50_000, 5_000), 40
IDLE, LOCK = (timedelta(seconds=s) for s in (configured.SIGNING_IDLE_SECONDS, configured.LOCKOUT_SECONDS))
WAITS = (1, 29, 30, 299, 599, 600, 601, 901, 1800)
NEXT = {PASSWORD: "another phrase of many words", "another phrase of many words": PASSWORD}
SITS_ON_THE_BOARD = ("mrb1", "mrb2", "newcomer")
OTHERS = ("engineer", "admin", "inspector", "manager")  # proposer, administrator, reporter, and no seat


@dataclass
class Somebody:
    """What a person holds and did, as far as the rules ask for it."""

    user: User
    password: str = PASSWORD
    session: str = ""
    series: tuple[str, datetime] | None = None  # address and time of the last signing
    failures: list[datetime] = field(default_factory=list)
    agreed: bool = True
    key: bytes = b""
    step: int = -1

    def code(self, now: datetime) -> str:
        return f"{self._totp(now).token():06d}"

    def at(self, now: datetime) -> int:
        return int(self._totp(now).t())

    def _totp(self, now: datetime) -> TOTP:
        made = TOTP(self.key)
        made.time = now.timestamp()
        return made


@dataclass(frozen=True)
class Given:
    user_id: str
    password: str
    code: str
    where: str


GIVEN = st.builds(
    Given,
    user_id=st.sampled_from(("own", "own", "none", "other")),
    password=st.sampled_from(("right", "right", "right", "wrong", "none")),
    code=st.sampled_from(("right", "right", "wrong", "none")),
    where=st.sampled_from(("here", "here", "here", "elsewhere", "nowhere")),
)


SPOILT = (
    ("user_id", "none"),
    ("user_id", "other"),
    ("password", "wrong"),
    ("code", "wrong"),
    ("code", "none"),
    ("where", "elsewhere"),
)


class Signers(RuleBasedStateMachine):
    steps = signed = refused = 0
    plant: list[int] = []

    @initialize()
    def begin(self) -> None:
        self.block = transaction.atomic()
        self.block.__enter__()
        self.now = datetime.now(UTC)
        self.real, clock.now = clock.now, lambda: self.now
        self.people = {name: Somebody(person(name)) for name in (*SITS_ON_THE_BOARD, *OTHERS)}
        self.people["newcomer"].agreed = False
        self.covering: dict[int, set[str]] = {key: set() for key in self.plant}
        self._enrol(self.people["mrb2"])

    def teardown(self) -> None:
        if hasattr(self, "block"):
            clock.now = self.real
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    def _enrol(self, who: Somebody) -> None:
        pending = accounts.begin_codes(user=who.user)
        who.key = codes.opened(who.user, pending)
        accounts.enrol_codes(user=who.user, pending=pending, code=who.code(self.now), current=who.password)
        who.step = who.at(self.now)

    # --- what people do ---

    @rule(name=st.sampled_from(SITS_ON_THE_BOARD))
    def log_in(self, name: str) -> None:
        self._count()
        self.people[name].session, self.people[name].series = str(uuid7()), None

    @precondition(lambda self: any(who.session for who in self.people.values()))
    @rule(name=st.sampled_from(SITS_ON_THE_BOARD))
    def log_out(self, name: str) -> None:
        self._count()
        self.people[name].session, self.people[name].series = "", None

    @rule(seconds=st.sampled_from(WAITS))
    def wait(self, seconds: int) -> None:
        self._count()
        self.now += timedelta(seconds=seconds)

    @rule(name=st.sampled_from(SITS_ON_THE_BOARD))
    def change_password(self, name: str) -> None:
        self._count()
        who = self.people[name]
        if self._is_locked(who):
            return
        accounts.choose_password(user=who.user, current=who.password, password=NEXT[who.password])
        who.password, who.series = NEXT[who.password], None

    @precondition(lambda self: not self.people["newcomer"].agreed)
    @rule(given=GIVEN)
    def agree(self, given: Given) -> None:
        self._count()
        who = self.people["newcomer"]
        expected = self._judge(who, given, needs_agreement=False)
        try:
            signatures.agree(user=who.user, given=self._signing(who, given))
            done = True
        except SignatureRefused:
            done = False
        assert done is expected, given
        self._after(who, given, expected, agreeing=True)
        who.agreed = done

    @rule(name=st.sampled_from((*SITS_ON_THE_BOARD, *SITS_ON_THE_BOARD, *OTHERS)), n=st.integers(0, 3), given=GIVEN)
    def sign(self, name: str, n: int, given: Given) -> None:
        self._count()
        who, record = self.people[name], self._record(n)
        if record.state != "IN_MRB":
            return self._refused_by_state(who, record)
        may = name in SITS_ON_THE_BOARD and name not in self.covering[record.pk]
        expected = may and self._judge(who, given)
        before, taken = Signature.objects.on(record).count(), record.version
        try:
            ncr.approve(ncr=record, by=who.user, signing=self._signing(who, given))
            done = True
        except Refusal:
            done = False
        assert done is expected, (name, given, who)
        if may:
            self._after(who, given, expected)
        self._look(record.pk, name, done, before, taken)
        return None

    @rule(name=st.sampled_from(SITS_ON_THE_BOARD), n=st.integers(0, 3))
    def sign_as_asked(self, name: str, n: int) -> None:
        """Exactly what the dialog asks for, no more."""
        self.sign(name, n, self._asked(name))

    @rule(name=st.sampled_from(SITS_ON_THE_BOARD), n=st.integers(0, 3), spoilt=st.sampled_from(SPOILT))
    def sign_nearly(self, name: str, n: int, spoilt: tuple[str, str]) -> None:
        """What the dialog asks for, but for one thing."""
        self.sign(name, n, replace(self._asked(name), **dict([spoilt])))

    @rule(name=st.sampled_from(SITS_ON_THE_BOARD), where=st.sampled_from(("here", "elsewhere", "nowhere")))
    def open_the_dialog(self, name: str, where: str) -> None:
        """It shows the components that the signing then asks for."""
        self._dialog(name, where)

    @rule(seconds=st.sampled_from(WAITS), name=st.sampled_from(SITS_ON_THE_BOARD))
    def open_the_dialog_later(self, seconds: int, name: str) -> None:
        self.now += timedelta(seconds=seconds)
        self._dialog(name, "here")

    def _dialog(self, name: str, where: str) -> None:
        self._count()
        who, given = self.people[name], Given("own", "right", "right", where)
        shown, first = series.asked(who.user, self._signing(who, given).place), not self._goes_on(who, given)
        assert (shown.username, shown.code) == (first, first and bool(who.key))

    def _asked(self, name: str) -> Given:
        who = self.people[name]
        short = Given("none", "right", "none", "here")
        return short if self._goes_on(who, short) else Given("own", "right", "right", "here")

    def _refused_by_state(self, who: Somebody, record: Nonconformance) -> None:
        """What the board has decided is not signed once more, whatever somebody gives."""
        with pytest.raises(Forbidden):
            ncr.approve(ncr=record, by=who.user, signing=self._signing(who, Given("own", "right", "right", "nowhere")))

    # --- what changes under a signature ---

    @rule(n=st.integers(0, 3), text=st.integers(0, 10**6))
    def attach(self, n: int, text: int) -> None:
        self._count()
        record = self._record(n)
        decided = record.state == "DISPOSITIONED"
        records.attach(record=record, name="note.txt", content=f"note {text}".encode(), by=self.people["engineer"].user)
        if not decided:
            self.covering[record.pk] = set()
        lines = queries.signatures(self._record(n))
        assert {line.signature.signer.username for line in lines if line.covers} == self.covering[record.pk]

    @rule(n=st.integers(0, 3), column=st.sampled_from(("title", "description", "requirement", "lot_number")))
    def change_what_was_signed(self, n: int, column: str) -> None:
        """Under an act of its own, past every step of the workflow: nothing that was signed covers it."""
        self._count()
        record = self._record(n)
        with transaction.atomic():
            with journal.act(journal.EVENTS["ncr.edited"], by=journal.SYSTEM, reason="changed past the steps") as act:
                Nonconformance.objects.filter(pk=record.pk).update(**{column: "another"})
                act.record(record)
            assert not [line for line in queries.signatures(self._record(n)) if line.covers]
            assert not self._record(n).valid_approvals()
            transaction.set_rollback(True)

    @rule(
        n=st.integers(0, 3),
        m=st.integers(0, 3),
        how=st.sampled_from(("record", "version", "signer", "meaning", "twice")),
    )
    def transplant(self, n: int, m: int, how: str) -> None:
        """A copy of a signature row under another record, version, signer or meaning, or the same once more: it covers nothing."""
        self._count()
        row = Signature.objects.on(self._record(n)).first()
        if row is None or (how == "record" and n == m):
            return
        target = self._record(m if how == "record" else n)
        copy = Signature.objects.get(pk=row.pk)
        copy.pk, copy.uid, copy._state.adding = None, uuid7(), True
        other = self.people["mrb2" if row.signer_id != self.people["mrb2"].user.pk else "mrb1"].user
        moved = {
            "record": {"record_key": str(target.pk), "record_number": target.number, "record_version": target.version},
            "version": {"record_version": row.record_version + 1},
            "signer": {"signer": other, "signer_name": other.full_name},
            "meaning": {"meaning": "verified"},
            "twice": {},
        }[how]
        for name, value in moved.items():
            setattr(copy, name, value)
        with transaction.atomic():
            with journal.act(journal.EVENTS["signature.made"], by=copy.signer) as act:
                copy.save(force_insert=True)
                act.record(target, signatures._payload(copy))
            [line] = [line for line in queries.signatures(target) if line.signature.pk == copy.pk]
            assert not line.covers and "No longer covers" in str(line.words)
            transaction.set_rollback(True)

    # --- the rules, once more ---

    def _judge(self, who: Somebody, given: Given, *, needs_agreement: bool = True) -> bool:
        if self._is_locked(who) or (needs_agreement and not who.agreed):
            return False
        first = not self._goes_on(who, given)
        if given.password == "none" or (first and given.user_id == "none"):
            return False
        if first and who.key and given.code == "none":
            return False
        code = not (first and who.key) or (given.code == "right" and who.at(self.now) > who.step)
        return given.user_id != "other" and given.password == "right" and code

    def _after(self, who: Somebody, given: Given, good: bool, *, agreeing: bool = False) -> None:
        """What the attempt leaves behind."""
        first = not self._goes_on(who, given)
        if good:
            if first and who.key:
                who.step = who.at(self.now)
            who.failures = []
            if given.where != "nowhere" and who.session:
                who.series = (given.where, self.now)
        elif (who.agreed or agreeing) and self._was_looked_at(who, given, first):
            who.failures.append(self.now)
        assert FailedAttempt.objects.filter(username_key=who.user.username_key).count() == len(who.failures)

    def _was_looked_at(self, who: Somebody, given: Given, first: bool) -> bool:
        """Wrong, not merely incomplete, and not refused before anything was looked at."""
        if self._is_locked(who) or given.password == "none" or (first and given.user_id == "none"):
            return False
        return not (first and who.key and given.code == "none")

    def _goes_on(self, who: Somebody, given: Given) -> bool:
        if not (who.series and who.session) or given.where == "nowhere":
            return False
        address, at = who.series
        return address == given.where and self.now - at <= IDLE

    def _is_locked(self, who: Somebody) -> bool:
        return len([at for at in who.failures if self.now - at <= LOCK]) >= configured.LOCKOUT_FAILURES

    # --- the program ---

    def _signing(self, who: Somebody, given: Given) -> Signing:
        wrong = f"{(int(who.code(self.now)) + 1) % 10**6:06d}" if who.key else ""
        place = Place(who.session, f"address {given.where}", "browser")
        return Signing(
            username={"own": who.user.username, "other": "supervisor", "none": ""}[given.user_id],
            password={"right": who.password, "wrong": "not the password", "none": ""}[given.password],
            code={"right": who.code(self.now) if who.key else "", "wrong": wrong, "none": ""}[given.code],
            sentence="I sign.",
            place=place if given.where != "nowhere" and who.session else None,
        )

    def _look(self, key: int, name: str, done: bool, before: int, version: int) -> None:
        record = for_reading(Nonconformance.objects.get(pk=key))
        assert Signature.objects.on(record).count() == before + done
        type(self).signed += done
        type(self).refused += not done
        if done:
            self.covering[key].add(name)
            made = Signature.objects.on(record).latest("pk")
            assert (made.signer.username, made.record_version) == (name, version)
            assert "password" in made.components.split(",")
        given = {approval.signer.username for approval in record.valid_approvals()}
        assert given == self.covering[key], "what covers is what was signed since the last change"
        assert (record.state == "DISPOSITIONED") is (len(given) == 2), "no transition without its signatures"

    def _record(self, n: int) -> Nonconformance:
        return for_reading(Nonconformance.objects.get(pk=self.plant[n]))

    def _count(self) -> None:
        type(self).steps += 1


@pytest.fixture
def board(db: None) -> Iterator[None]:
    """Four records before the board, and a member of it who has not agreed yet."""
    make = Factory()
    made: Any = accounts.create_user(username="newcomer", full_name="Nora Neu", password=PASSWORD, by=journal.SYSTEM)
    accounts.grant(user=made, role="mrb_member", site=Site.objects.get(code="AUG"), by=journal.SYSTEM)
    Signers.plant = [make.ncr(state="IN_MRB", scrap="10").pk for _ in range(4)]
    Signers.steps = Signers.signed = Signers.refused = 0
    yield
    assert not Entry.objects.filter(event="ncr.concluded", object_key__in=map(str, Signers.plant)).exists(), (
        "all undone"
    )


def test_people_sign_at_random_and_nothing_is_signed_that_should_not_be(board: None) -> None:
    rounds = settings(
        max_examples=40,
        stateful_step_count=EXAMPLE,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    while Signers.steps < STEPS:
        run_state_machine_as_test(Signers, settings=rounds)
    assert Signers.signed > STEPS // 40 and Signers.refused > STEPS // 20, (Signers.signed, Signers.refused)
