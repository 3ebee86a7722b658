"""The bell: rules are asked about what was heard. It may come twice, late or never; the sweep rings again."""

from celery import shared_task

from qms import journal

from . import actions


@shared_task(name="automation.judge", time_limit=600)
def judge() -> None:
    token = journal.ORIGIN.set(journal.Origin(source="automation"))
    try:
        actions.judge()
    finally:
        journal.ORIGIN.reset(token)
