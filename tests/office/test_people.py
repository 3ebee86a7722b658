"""People and roles: who may see and manage them, what each act leaves in the trail, and that nobody helps themself."""

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.urls import reverse

from qms import journal
from qms.accounts import access, actions, events
from qms.accounts.models import Grant, Site, User
from qms.accounts.roles import MATRIX, RIGHTS, ROLES
from qms.lib.clock import now
from qms.lib.errors import Forbidden, Invalid
from qms.office import queries

from .conftest import kept

pytestmark = pytest.mark.django_db
PROVES = ("11.10(d)", "11.10(g)", "11.100(a)", "11.100(b)", "11.300(a)")
READ = ("people", "roles", "settings", "sites", "services")
WRITE = ("person-create", "site-create", "service-create")
PASSWORD = "seven brown herons walk"
NEW = {
    "username": "n.weber",
    "full_name": "Nora Weber",
    "email": "nora@plant.example",
    "language": "en",
    "timezone": "Europe/Berlin",
    "password": PASSWORD,
    "identity": "Badge and passport seen by A. Berg.",
}


@pytest.fixture
def newcomer(send):
    assert send("admin", "person-create", NEW).status_code == 302
    return User.objects.get(username="n.weber")


def site():
    return Site.objects.get(code="AUG")


# --- rights ---


def test_roles_keep_their_places():
    quality = {right for right in MATRIX if right.split(".")[0] in ("ncr", "hold", "record")}
    held = {role: {right for right, roles in MATRIX.items() if role in roles} for role in ROLES}
    assert not held["administrator"] & quality
    assert {right.split(".")[1] for right in held["auditor"]} <= {"view", "export"}
    assert {role for role, rights in held.items() if "account.manage" in rights} == {
        "administrator",
        "security_officer",
    }


def test_every_right_of_the_matrix_has_words():
    assert set(MATRIX) == set(RIGHTS)
    assert {right.partition(".")[0] for right in MATRIX} == set(queries.AREAS)


@pytest.mark.parametrize("name", READ + WRITE)
def test_pages_open_to_those_who_hold_the_right(client, people, name):
    expected = {"admin": 200, "security": 200, "auditor": 200 if name in READ else 403, "manager": 403, "operator": 403}
    for who, status in expected.items():
        client.force_login(people[who])
        assert client.get(reverse(f"office:{name}")).status_code == status, who


@pytest.mark.parametrize("name", ["grant", "password-set", "deactivate", "reactivate"])
def test_an_auditor_looks_and_does_not_touch(client, send, people, name):
    client.force_login(people["auditor"])
    page = client.get(people["engineer"].get_absolute_url())
    assert page.status_code == 200 and b"Grant a role" not in page.content and b"Quentin Adler" in page.content
    for who in ("auditor", "manager"):
        data = {"reason": "x", "password": PASSWORD, "role": "mrb_member", "site": "AUG", "since": "2026-01-01"}
        assert send(who, name, data, "engineer").status_code == 403


def test_the_list_says_roles_and_finds_by_them(client, people):
    client.force_login(people["admin"])
    page = client.get(reverse("office:people"), {"role": "mrb_member"}).content.decode()
    assert "MRB member (AUG)" in page and "mrb2" in page and "Quentin Adler" not in page
    assert "Mei Lin" not in client.get(reverse("office:people"), {"site": "SUZ"}).content.decode()


def test_the_matrix_shows_every_right_and_role(client, people):
    client.force_login(people["auditor"])
    page = client.get(reverse("office:roles")).content.decode()
    assert all(right in page for right in MATRIX) and all(str(label) in page for label in ROLES.values())
    assert page.count("<svg") - page.count("q-rail") >= 0 and page.count(">yes<") == sum(map(len, MATRIX.values()))


# --- a person comes ---


def test_a_person_is_made_with_a_note_of_who_they_are(newcomer, people):
    (said,) = kept("account.created", newcomer)
    assert said["who"]["id"] == str(people["admin"].pk) and said["reason"] == NEW["identity"]
    assert newcomer.password_given and not newcomer.is_superuser and newcomer.valid_grants == []


def test_identity_and_a_strong_password_are_asked(send):
    assert send("admin", "person-create", {**NEW, "identity": ""}).status_code == 422
    assert send("admin", "person-create", {**NEW, "password": "short"}).status_code == 422
    for username in ("ENGINEER", "a b", "x/y", ""):
        assert send("admin", "person-create", {**NEW, "username": username}).status_code == 422
    assert not User.objects.filter(full_name="Nora Weber").exists()


def test_a_one_time_password_opens_one_page(newcomer, client):
    client.logout()
    assert client.post(reverse("accounts:login"), {"username": "n.weber", "password": PASSWORD}).status_code == 302
    for url in ("/", "/ncr/", reverse("office:people")):
        answer = client.get(url)
        assert (answer.status_code, answer.url) == (302, reverse("office:password"))
    assert client.get("/api/v1/mes/time").status_code == 403
    own = {"current": PASSWORD, "password": "quiet lamps over the yard", "again": "quiet lamps over the yard"}
    url = reverse("office:password")
    assert client.post(url, {**own, "again": "x"}).status_code == 422
    assert client.post(url, {**own, "current": "wrong"}).status_code == 422
    assert client.post(url, {"current": PASSWORD, "password": PASSWORD, "again": PASSWORD}).status_code == 422
    assert client.post(url, own).status_code == 302
    assert client.get("/").status_code == 200, "the session goes on"
    assert kept("account.password_chosen", newcomer) and kept("account.login_failed")
    newcomer.refresh_from_db()
    assert not newcomer.password_given and newcomer.check_password(own["password"])


def test_a_new_password_ends_sessions_and_is_one_time(newcomer, client, send, people):
    client.force_login(newcomer)
    key = client.session.session_key
    data = {"password": "herons over the brown river", "reason": "Forgot it; came in person."}
    assert send("security", "password-set", data, "n.weber").status_code == 302
    client.cookies["sessionid"] = key
    assert client.get("/").status_code == 302
    (said,) = kept("account.password_set", newcomer)
    assert said["who"]["id"] == str(people["security"].pk) and said["reason"] == data["reason"]
    assert "herons" not in str(said)


# --- roles ---


def grant(**changes):
    return {
        "role": "mrb_member",
        "site": "AUG",
        "since": now().date().isoformat(),
        "until": "",
        "reason": "",
        **changes,
    }


def test_a_role_is_granted_for_a_time_and_ended_with_a_reason(newcomer, send, people, client):
    until = now().date() + timedelta(days=30)
    assert send("admin", "grant", grant(until=until.isoformat()), "n.weber").status_code == 302
    given = Grant.objects.get(user=newcomer)
    assert (given.role, given.site, given.valid_to, given.granted_by) == ("mrb_member", site(), until, people["admin"])
    assert kept("account.granted", newcomer)[0]["data"] == {"role": "mrb_member", "site": "AUG"}
    assert access.may(User.objects.get(pk=newcomer.pk), "ncr.approve")
    page = client.get(newcomer.get_absolute_url()).content.decode()
    assert until.isoformat() in page and "Anna Berg" in page and "The role MRB member was granted (site: AUG)." in page
    assert send("security", "grant-end", {"reason": ""}, "n.weber", given.pk).status_code == 422
    assert send("security", "grant-end", {"reason": "Left the board."}, "n.weber", given.pk).status_code == 302
    assert not access.may(User.objects.get(pk=newcomer.pk), "ncr.approve")
    assert kept("account.grant_ended", newcomer)[0]["reason"] == "Left the board."
    assert send("security", "grant-end", {"reason": "again"}, "n.weber", given.pk).status_code == 409


def test_both_days_of_a_role_count_and_one_to_come_does_not_yet(newcomer, people):
    today, admin = now().date(), people["admin"]
    actions.grant(user=newcomer, role="operator", site=site(), until=today, by=admin)
    later = actions.grant(user=newcomer, role="inspector", site=site(), since=today + timedelta(days=1), by=admin)
    assert User.objects.get(pk=newcomer.pk).role_codes == ["operator"]
    actions.end_grant(grant=later, by=people["security"], reason="not needed")
    assert not newcomer.grants.valid(on=today + timedelta(days=1)).exists()
    assert Grant.objects.get(pk=later.pk).valid_from == today + timedelta(days=1), "dates are evidence"


def test_a_role_is_not_granted_backwards_or_to_a_program(newcomer, send, people):
    assert send("admin", "grant", grant(until="2026-01-01"), "n.weber").status_code == 422
    assert send("admin", "grant", grant(role="emperor"), "n.weber").status_code == 422
    program = actions.create_user(username="svc-x", full_name="X", kind=User.SERVICE, by=people["admin"])
    with pytest.raises(Invalid, match="scopes"):
        actions.grant(user=program, role="operator", site=None, by=people["admin"])


@pytest.mark.parametrize("who", ["admin", "security"])
def test_nobody_grants_a_role_to_themself(send, people, who):
    before = Grant.objects.count()
    for role in ("mrb_member", "administrator", "operator"):
        answer = send(who, "grant", grant(role=role), who)
        assert answer.status_code == 403 and b"themself" in answer.content
    assert Grant.objects.count() == before
    with pytest.raises(Forbidden):
        actions.grant(user=people[who], role="mrb_member", site=site(), by=people[who])


def test_the_database_refuses_a_role_from_oneself(people):
    admin = people["admin"]
    with pytest.raises(DatabaseError, match="nobody gives themself"), journal.act(events.GRANTED, by=admin):
        Grant.objects.create(user=admin, role="mrb_member", valid_from=now().date(), granted_by=admin)


def test_the_grantor_is_not_changed_afterwards(newcomer, people):
    given = actions.grant(user=newcomer, role="operator", site=site(), by=people["admin"])
    with pytest.raises(DatabaseError, match="never change"), journal.act(events.GRANTED, by=people["admin"]):
        Grant.objects.filter(pk=given.pk).update(granted_by=None)


def test_nobody_deactivates_or_strips_themself(send, people):
    own = people["admin"].valid_grants[0]
    assert send("admin", "grant-end", {"reason": "x"}, "admin", own.pk).status_code == 403
    assert send("admin", "deactivate", {"reason": "x"}, "admin").status_code == 403
    assert send("admin", "password-set", {"reason": "x", "password": PASSWORD}, "admin").status_code == 403
    assert User.objects.get(username="admin").is_active


def test_a_manager_of_one_site_stays_on_it(newcomer, people, send):
    local = newcomer
    actions.grant(user=local, role="administrator", site=site(), by=people["admin"])
    local.password_given = False
    with journal.act(events.USER_CHANGED, by=journal.SYSTEM) as act:
        local.save()
        act.record(local)
    people["n.weber"] = local
    assert send("n.weber", "grant", grant(role="operator"), "inspector").status_code == 302
    assert send("n.weber", "grant", grant(role="operator", site="*"), "inspector").status_code == 422
    with pytest.raises(Forbidden):
        actions.grant(user=people["inspector"], role="operator", site=None, by=local)
    for other in ("gongcheng", "security"):
        assert send("n.weber", "deactivate", {"reason": "x"}, other).status_code == 403
    assert send("n.weber", "site-create", {"code": "X", "name": "X", "timezone": "UTC"}).status_code == 403


# --- a person leaves ---


def test_deactivation_stops_sessions_at_once_and_keeps_the_rest(client, send, people):
    from django.test import Client

    theirs = Client()
    theirs.force_login(people["mrb2"], backend="qms.accounts.backends.PasswordBackend")
    assert theirs.get("/ncr/").status_code == 200
    assert send("admin", "deactivate", {"reason": "Left the company."}, "mrb2").status_code == 302
    assert theirs.get("/ncr/").status_code == 302
    gone = User.objects.get(username="mrb2")
    assert not gone.is_active and gone.grants.exists() and not access.may(gone, "ncr.approve")
    assert kept("account.deactivated", gone)[0]["reason"] == "Left the company."
    assert send("admin", "deactivate", {"reason": "again"}, "mrb2").status_code == 409
    assert send("admin", "reactivate", {"reason": "Came back."}, "mrb2").status_code == 302
    assert access.may(User.objects.get(username="mrb2"), "ncr.approve")
    page = client.get(gone.get_absolute_url()).content.decode()
    assert "Left the company." in page and "Came back." in page


def test_no_address_deletes_or_renames(client, people):
    client.force_login(people["admin"])
    url = people["engineer"].get_absolute_url()
    assert {client.delete(url).status_code, client.put(url).status_code, client.post(url).status_code} == {405}
    assert client.get(reverse("office:person", args=["nobody"])).status_code == 404


def test_the_timeline_names_a_changed_password_and_does_not_show_its_hash(newcomer, send, client):
    send("security", "password-set", {"password": "herons over the brown river", "reason": "asked"}, "n.weber")
    page = client.get(newcomer.get_absolute_url()).content.decode()
    assert "(changed)" in page and "argon2" not in page
    newcomer.refresh_from_db()
    assert not any(part in page for part in newcomer.password.split("$") if len(part) > 12)


def test_a_site_is_made_once(send):
    data = {"code": "LYO", "name": "Lyon", "name_zh": "里昂", "timezone": "Europe/Paris"}
    assert send("admin", "site-create", data).status_code == 302
    made = Site.objects.get(code="LYO")
    assert made.name_zh == "里昂" and kept("site.created", made)
    assert send("admin", "site-create", data).status_code == 422
    assert send("admin", "site-create", {**data, "code": "ly o"}).status_code == 422
