"""Search documents (derived: made again from the records at any time), and what people decided about their own queue."""

from functools import reduce
from operator import or_
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Compartment, Container, Site
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib import statement
from qms.lib.fields import DatabaseTime
from qms.lib.trail import PLUMBING
from qms.records.models import REGISTRY


def loose(to: Any) -> Any:
    """The same key as in the record; no law of its own, since the record holds it."""
    return models.ForeignKey(
        to, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )


# A whole OR of hundreds of words would be judged frequent and read the table, and so would a LIMIT within the join: most of
# these words do not exist, which the index says at once.
BEARING = """WITH near AS MATERIALIZED (SELECT d.id FROM unnest(%s::text[]) AS word
JOIN insight_document d ON d.terms @@ quote_literal(word)::tsquery) SELECT id FROM near LIMIT 100"""


# A plain LIMIT would make a walk through the table look cheap.
ANY = """WITH hit AS MATERIALIZED (SELECT 1 FROM insight_document WHERE {both}) SELECT 1 FROM hit LIMIT 1"""


class DocumentQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        """Documents of the records that the person may see, each kind by its own right."""
        kinds = [
            access.visible_to(self.filter(record_type=model._meta.label_lower), user, model.view_permission)
            for model in REGISTRY.values()
        ]
        return reduce(or_, kinds, self.none())

    def matching(self, *questions: str) -> Any:
        """By the index over all terms, every question. What lies together in the table (a band) comes first: the index asks
        the first question where to go on, and leaps over what lies between."""
        found: Any = self
        for question in questions:
            found = found.extra(where=["terms @@ %s::tsquery"], params=[question])
        return found

    def is_any(self, *questions: str) -> bool:
        """Whether the index knows a document of which all this is true, whoever may see it."""
        both = " AND ".join(["terms @@ %s::tsquery"] * len(questions))
        return bool(statement.one(ANY.format(both=both), questions))

    def bearing(self, lexemes: list[str]) -> list[int]:
        """Keys of a few documents that bear one of these lexemes: each is looked up by itself, most do not exist."""
        return [key for (key,) in statement.rows(BEARING, [lexemes])]

    def scanned(self, question: str) -> Any:
        """The same, but not by that index: for words so frequent that the newest rows hold enough of them."""
        return self.extra(where=["(terms @@ %s::tsquery) IS TRUE"], params=[question])


class Document(models.Model):
    """One record as the search sees it."""

    trail_class = PLUMBING
    record_type = models.CharField(max_length=80)
    record_key = models.BigIntegerField()
    number = models.CharField(max_length=24)
    serial = models.BigIntegerField()  # 123 of NCR-26-000123
    site = loose(Site)
    compartment = loose(Compartment)
    container = loose(Container)
    recorded_at = models.DateTimeField()
    terms = SearchVectorField()
    objects = DocumentQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("record_type", "record_key"), name="document_once"),)
        indexes = (
            GinIndex(fields=("terms",), name="document_terms"),
            models.Index(fields=("-recorded_at", "-id"), name="document_newest"),
            models.Index(fields=("site", "-recorded_at", "-id"), name="document_site_newest"),
            models.Index(fields=("serial",), name="document_serial"),
        )

    def __str__(self) -> str:
        return self.number


class Band(models.Model):
    """A stretch of time, from `since` to the next band; the documents of its records bear its lexeme (see `bands`)."""

    trail_class = PLUMBING
    number = models.IntegerField(primary_key=True)
    since = models.DateTimeField(unique=True)
    holds = models.IntegerField(default=0)  # documents, counted in the newest band only
    is_whole = models.BooleanField(
        default=False
    )  # every document of this time bears the lexeme, and its words are kept

    def __str__(self) -> str:
        return str(self.number)


class Word(models.Model):
    """A word of letters that some document bears, or bore (see `vocabulary`)."""

    trail_class = PLUMBING
    text = models.CharField(max_length=40, primary_key=True, db_collation="C")

    def __str__(self) -> str:
        return self.text


def person(**options: Any) -> Any:
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", **options)


class Deferral(Regulated):
    """A task that left somebody's queue: snoozed until a day, or handed to another person who may do it."""

    record_type = models.CharField(max_length=80)
    record_key = models.CharField(max_length=40)
    step = models.CharField(_("step"), max_length=40)
    by = person(verbose_name=_("by"))
    to = person(null=True, blank=True, verbose_name=_("to"))
    until = models.DateField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=400)
    at = DatabaseTime()
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    history = Trail()
    frozen = ("record_type", "record_key", "step", "by", "to", "until", "reason", "at")

    class Meta:
        verbose_name = _("deferred task")
        constraints = (
            models.CheckConstraint(name="deferral_one_kind", condition=Q(to=None) ^ Q(until=None)),
            models.CheckConstraint(name="deferral_to_another", condition=Q(to=None) | ~Q(to=F("by"))),
        )
        indexes = (models.Index(fields=("record_type", "record_key", "step"), name="deferral_task"),)

    def __str__(self) -> str:
        return f"{self.step}: {self.by}"
