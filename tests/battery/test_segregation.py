"""G21: whoever took part in a record does not approve, verify or answer for it, by whichever way and with whichever roles.

Thousands of attempts by a seeded generator, each with roles of its own choice: none passes, each stands in the trail.
"""

import json
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import Error, transaction

from ncr.models import Approval, Nonconformance, ReworkLoop
from ncr.tables import NCRS
from ncr.views.bulk import BULK
from qms import journal
from qms.accounts import actions as accounts
from qms.accounts.models import Badge, Compartment, CompartmentUserObjectPermission, Grant, Site, User
from qms.accounts.roles import MATRIX, ROLES, SCOPES
from qms.commands.models import Command, Posting
from qms.demo.cast import PASSWORD
from qms.insight import actions as insight
from qms.journal.models import Entry
from qms.lib.clock import now
from qms.lib.errors import Refusal
from qms.lib.ids import uuid7
from qms.signatures.models import Signature
from qms.ui import bulk
from tests.databases import direct
from tests.factories import Factory, person, signing
from tests.sizes import size

from . import bodies
from .conftest import Browser
from .duties import Case, cases
from .screens import api_base
from .test_transitions import address, image

PROVES = ("11.10(g)", "11.10(j)", "G21")
ATTEMPTS = size(20_000)
TOLD = ("access.refused", "signature.refused")
APPROVE = next(act for act in BULK if act.name == "approve")


class Run:
    """The plant of the attempts: everybody who is barred somewhere holds every role, and is member of an almighty group."""

    def __init__(self, plant: Any) -> None:
        self.cases, self.site = list(cases(plant, Factory())), Site.objects.get(code="AUG")
        self.names = sorted({name for case in self.cases for name in case.barred})
        for name in self.names:
            self._mighty(person(name))
        self.people = {name: person(name) for name in self.names}
        self.grants = {name: list(user.valid_grants) for name, user in self.people.items()}
        self.clients = {name: self._client(user) for name, user in self.people.items()}
        self.frees = {case.free: person(case.free) for case in self.cases}
        service = accounts.create_user(
            username="svc-all", full_name="Every scope", kind=User.SERVICE, by=journal.SYSTEM
        )
        self.token = accounts.issue_token(user=service, scopes=SCOPES, sites=[self.site], by=journal.SYSTEM)[1]
        self.nobody = Browser()

    def _mighty(self, user: User) -> None:
        for role in ROLES:
            if role not in user.role_codes:
                accounts.grant(user=user, role=role, site=self.site, by=journal.SYSTEM)

    def _client(self, user: User) -> Browser:
        made = Browser()
        made.force_login(user, backend="qms.accounts.backends.PasswordBackend")
        return made

    def somebody(self, case: Case, dice: random.Random) -> User:
        """One who is barred, with some of the roles; mostly one that holds the right is among them."""
        name = dice.choice(case.barred)
        user, held = self.people[name], self.grants[name]
        chosen = dice.sample(held, dice.randint(1, len(held)))
        if dice.random() < 0.8:
            chosen += [g for g in held if g.role in MATRIX[case.step.permission] and g not in chosen]
        user._valid_grants = chosen
        user.is_superuser = user.is_staff = dice.random() < 0.2
        return user


# --- the ways; each raises a Refusal or returns the status of an answer ---------------------------------------------------


def by_act(run: Run, case: Case, user: User, dice: random.Random) -> Any:
    bodies.act(case.record, case.step, user)


def by_handing_on(run: Run, case: Case, user: User, dice: random.Random) -> Any:
    """Somebody who may do it hands the task to them."""
    user._valid_grants = run.grants[user.username]
    insight.delegate(record=case.record, step=case.name, to=user, reason="on leave next week", by=run.frees[case.free])


def by_own_role(run: Run, case: Case, user: User, dice: random.Random) -> Any:
    user._valid_grants = run.grants[user.username]
    accounts.grant(user=user, role=dice.choice(list(ROLES)), site=run.site, by=user)


def by_list(run: Run, case: Case, user: User, dice: random.Random) -> Any:
    """As a forged request would: the record stands in the list that is signed."""
    if case.name != "approve" or not isinstance(case.record, Nonconformance):
        return by_act(run, case, user, dice)
    given = {"signing": signing(user), "versions": {case.record.pk: case.record.version}}
    [line] = bulk.run(NCRS, APPROVE, _everywhere(user, run), [case.record.pk], given)
    return 403 if line.why else 200


def _everywhere(user: User, run: Run) -> User:
    user._valid_grants = run.grants[user.username]
    return user


def by_page(run: Run, case: Case, user: User, dice: random.Random) -> Any:
    url, sent = address(case.record, case.step), bodies.form(case.record, case.step)
    signed = {"_sign": "1", "_username": user.username, "_password": PASSWORD} if case.step.signature else {}
    return run.clients[user.username].post(url, {**sent, **signed}).status_code


def by_interface(run: Run, case: Case, user: User, dice: random.Random, client: Any = None, **headers: str) -> Any:
    answer = (client or run.clients[user.username]).post(
        f"{api_base(type(case.record))}/{case.record.number}/{case.name}",
        json.dumps(bodies.body(case.record, case.step, user)),
        content_type="application/json",
        headers={"If-Match": f'"{case.record.version}"', **headers},
    )
    return answer.status_code


def by_token(run: Run, case: Case, user: User, dice: random.Random) -> Any:
    """A machine with every scope that there is, and the person's own name and password."""
    return by_interface(run, case, user, dice, run.nobody, Authorization=f"Bearer {run.token}")


WAYS = (
    (by_act, 84),
    (by_handing_on, 5),
    (by_own_role, 4),
    (by_list, 4),
    (by_page, 1),
    (by_interface, 1),
    (by_token, 1),
)


def attempt(way: Any, run: Run, case: Case, user: User, dice: random.Random) -> int:
    try:
        return way(run, case, user, dice) or 200
    except Refusal as refusal:
        return refusal.status


GROUP = """
WITH made AS (INSERT INTO auth_group (name) VALUES ('everything') RETURNING id),
    lets AS (INSERT INTO auth_group_permissions (group_id, permission_id) SELECT made.id, p.id FROM made, auth_permission p)
INSERT INTO accounts_user_groups (group_id, user_id) SELECT made.id, u.id FROM made, accounts_user u
"""
UNGROUP = "DELETE FROM accounts_user_groups; DELETE FROM auth_group_permissions; DELETE FROM auth_group"


@pytest.fixture
def grouped(plant: Any) -> Iterator[None]:
    """Everybody is in a group of Django's own that holds every permission: by the owner, the application may not write one."""
    with direct("owner") as owner:
        owner.execute(GROUP)
        yield
        owner.execute(UNGROUP)


@pytest.fixture
def run(plant: Any, grouped: None, undo: None) -> Run:
    return Run(plant)


def test_nobody_comes_through_and_every_attempt_is_told(run):
    dice, ways, weights = random.Random(21), [way for way, _ in WAYS], [weight for _, weight in WAYS]
    before = [image(case.record) for case in run.cases]
    signed, granted = Signature.objects.count(), Grant.objects.count()
    told = Entry.objects.filter(event__in=TOLD, kind="act").count()
    passed, tried = [], dict.fromkeys(ways, 0)
    for turn in range(ATTEMPTS):
        case, [way] = run.cases[turn % len(run.cases)], dice.choices(ways, weights)
        user = run.somebody(case, dice)
        tried[way] += 1
        if (status := attempt(way, run, case, user, dice)) not in (403, 422):
            passed.append(f"{case} by {user.username}, {way.__name__}: {status}")
    assert passed == []
    assert [image(case.record) for case in run.cases] == before
    assert (Signature.objects.count(), Grant.objects.count()) == (signed, granted)
    assert Entry.objects.filter(event__in=TOLD, kind="act").count() - told == ATTEMPTS
    assert min(tried.values()) > 0, "every way was tried"


def test_the_way_is_open_to_whoever_took_no_part(run):
    """Else the run above would prove nothing."""
    for case in run.cases:
        with transaction.atomic():
            bodies.act(case.record, case.step, person(case.free))
            transaction.set_rollback(True)


# --- the database, whoever writes -----------------------------------------------------------------------------------------


class Forger:
    """A program without any rule of ours, in the person's own name: each statement, and what of the database refuses it."""

    def __init__(self, run: Run) -> None:
        self.run, self.found = run, {(case.record.noun, case.name): case.record for case in run.cases}
        self.given = Approval.objects.get(ncr=self.found["ncr", "approve"])
        self.tries: list[tuple[str, Any, User, str]] = []

    def update(self, rule: str, who: str, row: Any, **values: Any) -> None:
        named = {
            name: person(value) if isinstance(value, str) and name.endswith("_by") else value
            for name, value in values.items()
        }
        self.tries.append((rule, lambda: type(row).objects.filter(pk=row.pk).update(**named), person(who), str(values)))

    def create(self, rule: str, who: str, model: Any, **values: Any) -> None:
        self.tries.append((rule, lambda: model.objects.create(**values), person(who), str(values)))

    def approve(self, rule: str, who: str, **values: Any) -> None:
        names = ("ncr_id", "round", "slot", "digest", "initiator_id", "proposer_id")
        given = {name: getattr(self.given, name) for name in names}
        given |= {"signer": person(who), "signature": self.signature(who)}
        self.create(rule, who, Approval, **{**given, **values})

    def signature(self, who: str) -> Signature:
        made = Signature.objects.get(pk=self.given.signature_id)
        made.pk, made.uid, made.signer = None, uuid7(), person(who)
        with journal.act(journal.EVENTS["ncr.edited"], by=made.signer, reason="forged") as act:
            made.save(force_insert=True)
            act.record("forged")
        return made


def of_ncrs(forger: Forger) -> None:
    board, verified = forger.found["ncr", "approve"], forger.found["ncr", "close"]
    waived, mine = forger.found["ncr", "waive"], forger.given.signature
    forger.approve("approver_not_initiator", "inspector")
    forger.approve("approver_not_proposer", "engineer")
    forger.approve("names who reported and who proposed", "engineer", proposer_id=person("operator").pk)
    forger.approve("not the signer of its signature", "operator", signature=mine)
    forger.update("a disposition is proposed in review", "mrb1", board, proposed_by="mrb1")
    at = {"closed_at": now()}
    forger.update("ncr_verifier_not_initiator", "inspector", verified, closed_by="inspector", **at)
    forger.update("ncr_verifier_not_proposer", "engineer", verified, closed_by="engineer", **at)
    forger.update("who approved a disposition does not verify", "mrb2", verified, closed_by="mrb2", **at)
    forger.update("is whoever acts", "mrb2", verified, closed_by="supervisor", **at)
    for name in ("inspector", "engineer"):
        forger.update("does not waive", name, waived, waiver=forger.signature(name))


def of_execution(forger: Forger) -> None:
    record = forger.found["ncr", "reinspect"]
    loop = ReworkLoop.objects.get(line__ncr=record)
    for who, rule in (("operator", "not_worker"), ("inspector", "not_initiator"), ("engineer", "neither reported nor")):
        given = {"result": "passed", "reference": "x", "inspected_at": now(), "signature": forger.signature(who)}
        forger.update(rule, who, loop, inspected_by=who, **given)
    posting = Posting.objects.of(forger.found["ncr", "skip-posting"]).filter(state="FAILED").first()
    assert posting.requested_by.username == "engineer"
    answer = {"answered_by": "engineer", "answered_with": forger.signature("engineer")}
    forger.update("posting_answer_by_another", "engineer", posting, **answer)
    command = confirmed(record, person("mrb1"))
    forger.update("command_verified_by_another", "mrb1", command, verified_by="mrb1")
    forger.update("is whoever acts", "mrb1", command, verified_by="mrb2")


def confirmed(record: Nonconformance, user: User) -> Command:
    """By hand, by the person."""
    asked = {
        "kind": "hold",
        "purpose": "x",
        "site_id": record.site_id,
        "target": "mes-aug",
        "quantity": 1,
        "unit": "pcs",
    }
    about = {"record_type": "ncr.nonconformance", "record_key": str(record.pk), "record_number": record.number}
    with journal.act(journal.EVENTS["ncr.edited"], by=user, reason="a command") as act:
        made = Command.objects.create(**asked, **about, executor=f"person:{user.pk}")
        act.record(record)
    return made


def of_the_rest(forger: Forger) -> None:
    disposal, mapping = forger.found["disposal", "approve"], forger.found["mapping", "approve"]
    approval = {"approved_by": "documents", "approval": forger.signature("documents")}
    forger.update("disposal_(four_eyes|not_by_its_author)", "documents", disposal, **approval)
    forger.update("mapping_four_eyes", "integration", mapping, approved_by="integration")
    forger.update("is whoever acts", "integration", mapping, edited_by="manager")
    review = forger.found["trailreview", "sign"]
    forger.update("trailreview_reviewer_did_not_act|is whoever acts", "inspector", review, reviewer=person("manager"))
    access = Factory().accessreview(state="IN_REVIEW", title="For the statements")
    said = {"verdict": "keep", "why": "still needed", "decided_at": now()}
    own = access.lines.filter(holder=person("inspector")).first()
    forger.update("accessline_not_ones_own", "inspector", own, decided_by="inspector", **said)
    forger.update("is whoever acts", "inspector", own, decided_by="admin", **said)
    user, site = person("inspector"), forger.run.site
    grant = {"user": user, "role": "quality_manager", "site": site, "valid_from": now().date()}
    forger.create("nobody gives themself", "inspector", Grant, **grant)
    forger.create("nobody gives themself", "inspector", Badge, user=user, number="4712345")
    closed = {"user": user, "content_object": Compartment.objects.get(code="ITAR-X")}
    enter = Permission.objects.get(codename="enter_compartment")
    forger.create("nobody gives themself", "inspector", CompartmentUserObjectPermission, permission=enter, **closed)


def test_the_database_says_it_too(run):
    """As the application's own login, with everything left out that the acts would have asked."""
    forger, wrong = Forger(run), []
    for about in (of_ncrs, of_execution, of_the_rest):
        about(forger)
    for rule, send, user, values in forger.tries:
        refused = ""
        with transaction.atomic(), journal.act(journal.EVENTS["ncr.edited"], by=user, reason="forged") as act:
            act.record("forged")
            try:
                with transaction.atomic():
                    send()
            except Error as error:
                refused = str(error).split("DETAIL")[0]
        if not re.search(rule, refused):
            wrong.append(f"{user.username} {values}: {refused or 'done'}, not {rule}")
    assert wrong == []
    assert len(forger.tries) >= 25
