"""A qualification that runs out is told to its person and to whoever may record the next one."""

from qms.accounts import access
from qms.lib.clock import now
from qms.office.models import Kind
from qms.office.notifications import rules

from . import queries
from .workflow import MANAGE


def remind() -> None:
    """Once when it is about to end, once when it has ended."""
    today, found = now().date(), []
    for row in queries.running_out():
        word = "over" if row.valid_to < today else "soon"
        people = {person.pk: person for person in access.who_may(MANAGE, row.site_id)}
        if access.may(row.person, row.view_permission, row):
            people[row.person_id] = row.person
        for person in people.values():
            told = rules.made(person, f"qualification:{word}:{row.pk}", Kind.DUE, row)
            told.event = f"qualification.{word}"
            found.append(told)
    rules.write(found)
