"""The one-page matrix: what no role may ever hold together."""

import pytest

from qms.accounts.roles import MATRIX, ROLES, SCOPES, permissions_of, roles_with
from qms.workflow import REGISTRY

PROVES = ("11.10(g)", "11.10(j)", "11.200(a)")
QUALITY_VERBS = {t.permission for w in REGISTRY.values() for t in w.transitions if not t.by_system}
# A review decides nothing about product: whoever manages accounts may look at the trail, at access and at the system, and ends what
# is not needed.
REVIEWS = {"trail_review.manage", "access_review.manage", "system_review.manage"}
WRITES = {right for right in MATRIX if not right.endswith(".view")} - {"list.export", "record.export"}


@pytest.mark.parametrize("role", ["administrator", "security_officer"])
def test_who_manages_accounts_holds_no_quality_verb(role):
    assert not permissions_of(role) & (QUALITY_VERBS - REVIEWS | {"record.comment", "ncr.report"})


def test_no_signature_belongs_to_who_manages_accounts():
    """Whoever sets passwords signs no decision: two people would be needed to sign one as somebody else (11.200(a)(3))."""
    signed = {t.permission for w in REGISTRY.values() for t in w.transitions if t.signature} | {"interface.resolve"}
    assert signed >= {"ncr.approve", "ncr.close", "ncr.waive", "ncr.void", "ncr.reopen", "posting.answer"}
    managers = set(roles_with("account.manage"))
    assert not [right for right in signed - REVIEWS if managers & set(roles_with(right))]


def test_an_auditor_only_reads():
    assert not permissions_of("auditor") & WRITES


def test_the_board_does_not_propose_and_who_proposes_does_not_sit_on_the_board():
    assert not set(roles_with("ncr.approve")) & set(roles_with("ncr.propose"))


def test_every_right_belongs_to_a_known_role_and_every_role_has_rights():
    assert {role for roles in MATRIX.values() for role in roles} <= set(ROLES)
    assert all(permissions_of(role) for role in ROLES)
    assert all(len(set(roles)) == len(roles) for roles in MATRIX.values())


def test_no_scope_of_a_token_signs_or_decides():
    """A signature needs a person; a token may report and read."""
    for scope, rights in SCOPES.items():
        assert not set(rights) & (QUALITY_VERBS - {"ncr.report"}), scope


def test_an_unknown_right_belongs_to_nobody():
    assert roles_with("nothing.at_all") == ()
