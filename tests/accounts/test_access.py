"""May this person? Sites, validity, containers, compartments and tokens, asked at the time of use."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from ncr.models import Nonconformance
from qms import journal
from qms.accounts import access, actions
from qms.accounts.models import Container, Grant, Site, User
from qms.lib.clock import now
from qms.lib.errors import Forbidden
from tests.factories import person

pytestmark = pytest.mark.django_db
PROVES = ("11.10(d)", "11.10(g)", "G14")
TODAY = now().date()


@pytest.fixture
def newcomer():
    return actions.create_user(username="newcomer", full_name="New Comer", by=journal.SYSTEM)


@pytest.fixture
def home():
    return Site.objects.get(code="AUG")


@pytest.fixture
def away():
    return Site.objects.get(code="SUZ")


def give(user, site, role="quality_engineer", **fields):
    with journal.act(journal.EVENTS["account.granted"], by=journal.SYSTEM) as act:
        made = Grant.objects.create(user=user, role=role, site=site, **{"valid_from": TODAY, **fields})
        act.record(user, journal.EVENTS["account.granted"].payload(role=role, site="x"))
    return made


def again(user):
    return User.objects.get(pk=user.pk)


def test_without_a_grant_nothing_is_there(newcomer, make):
    make.report()
    assert not access.may(newcomer, "ncr.view")
    assert not Nonconformance.objects.visible_to(newcomer).exists()


def test_a_grant_opens_its_site_only(newcomer, home, away, make):
    record = make.report()
    give(newcomer, away)
    assert access.may(newcomer, "ncr.view") and not access.may(newcomer, "ncr.view", record)
    assert not Nonconformance.objects.visible_to(newcomer).exists()
    give(newcomer, home)
    assert access.may(again(newcomer), "ncr.view", record)
    assert Nonconformance.objects.visible_to(again(newcomer)).count() == 1


def test_a_grant_without_a_site_opens_all(newcomer, make):
    record = make.report()
    give(newcomer, None)
    assert access.site_ids(newcomer, "ncr.view") == access.ALL and access.may(newcomer, "ncr.view", record)


@pytest.mark.parametrize(
    ("since", "until", "counts"),
    [(0, None, True), (-5, 0, True), (1, None, False), (-9, -1, False), (0, 0, True)],
)
def test_a_grant_counts_on_its_days_only(newcomer, home, since, until, counts):
    days = {"valid_from": TODAY + timedelta(since), "valid_to": None if until is None else TODAY + timedelta(until)}
    give(newcomer, home, **days)
    assert access.may(newcomer, "ncr.view") is counts


def test_an_ended_grant_counts_no_more_from_the_next_request_on(newcomer, home):
    given = give(newcomer, home)
    assert access.may(newcomer, "ncr.view")
    actions.end_grant(grant=given, by=journal.SYSTEM, reason="left")
    assert not access.may(again(newcomer), "ncr.view")


def test_a_deactivated_person_may_nothing(newcomer, home):
    give(newcomer, home)
    actions.deactivate(user=newcomer, by=journal.SYSTEM, reason="left the plant")
    assert not access.may(again(newcomer), "ncr.view")
    assert newcomer not in access.who_may("ncr.view", home.pk)


def test_nobody_and_an_anonymous_visitor_may_nothing():
    from django.contrib.auth.models import AnonymousUser

    for user in (None, AnonymousUser(), SimpleNamespace()):
        assert not access.may(user, "ncr.view")


def test_a_superuser_flag_gives_no_quality_verb(newcomer, make):
    record = make.report()
    newcomer.is_superuser = True
    assert not access.may(newcomer, "ncr.close", record) and not Nonconformance.objects.visible_to(newcomer).exists()


def test_a_grant_limited_to_a_container_opens_only_its_records(newcomer, home, make):
    record, other = make.report(), make.report()
    with journal.act(journal.EVENTS["ncr.edited"], by=journal.SYSTEM) as act:
        container = Container.objects.create(kind="customer", code="C1", name="Customer 1")
        Nonconformance.objects.filter(pk=record.pk).update(container=container)
        act.record(record)
    give(newcomer, home, container=container)
    assert list(Nonconformance.objects.visible_to(newcomer)) == [record]
    assert access.may(newcomer, "ncr.edit", make.fresh(record)) and not access.may(newcomer, "ncr.edit", other)
    give(newcomer, home)
    assert Nonconformance.objects.visible_to(again(newcomer)).count() == 2


def test_a_compartment_hides_from_everybody_until_it_is_opened(newcomer, home, make):
    record = make.report()
    compartment = actions.create_compartment(code="ITAR", name="Export", by=journal.SYSTEM)
    with journal.act(journal.EVENTS["ncr.edited"], by=journal.SYSTEM) as act:
        Nonconformance.objects.filter(pk=record.pk).update(compartment=compartment)
        act.record(record)
    give(newcomer, home)
    closed = make.fresh(record)
    assert not access.may(newcomer, "ncr.view", closed) and not access.may(person("manager"), "ncr.view", closed)
    assert not Nonconformance.objects.visible_to(person("manager")).exists()
    actions.open_compartment(compartment=compartment, user=newcomer, by=journal.SYSTEM)
    assert access.may(again(newcomer), "ncr.view", closed)
    assert list(Nonconformance.objects.visible_to(again(newcomer))) == [record]


def test_check_names_the_roles_that_may(newcomer):
    with pytest.raises(Forbidden) as refused:
        access.check(newcomer, "ncr.void")
    assert "Quality manager" in str(refused.value)


def test_who_may_lists_people_of_the_site(home, away):
    assert set(access.who_may("ncr.approve", home.pk).values_list("username", flat=True)) >= {
        "mrb1",
        "mrb2",
        "designer",
    }
    assert not access.who_may("ncr.approve", away.pk).filter(username="mrb1").exists()


def test_who_holds_a_role_is_asked_for_people_of_the_site_and_of_all_sites(newcomer, home, away):
    def held(site) -> set[str]:
        return {grant.user.username for grant in access.held_by_people(["mrb_member"], site.pk)}

    before = held(home), held(away)
    give(newcomer, home, role="mrb_member")
    everywhere = actions.create_user(username="everywhere", full_name="Every Where", by=journal.SYSTEM)
    give(everywhere, None, role="mrb_member")
    assert (held(home) - before[0], held(away) - before[1]) == ({"newcomer", "everywhere"}, {"everywhere"})
    for user in (newcomer, everywhere):
        actions.deactivate(user=user, by=journal.SYSTEM, reason="left the plant")
    assert (held(home), held(away)) == before


def test_a_scope_opens_its_rights_on_its_sites(home, away, make):
    record = make.report()
    service = SimpleNamespace(is_authenticated=True, is_active=True, _compartments=[])
    service.token_scope = SimpleNamespace(sites={home.pk}, permissions=frozenset({"ncr.view"}))
    assert access.may(service, "ncr.view", record) and not access.may(service, "ncr.edit", record)
    service.token_scope.sites = {away.pk}
    assert not access.may(service, "ncr.view", record)
