"""Derived tables of search; what they say is said by the records, and they can be made again from them."""

from functools import reduce
from operator import or_
from typing import Any, Self

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from qms.accounts import access
from qms.accounts.models import Compartment, Container, Site
from qms.lib.trail import PLUMBING
from qms.records.models import REGISTRY


def loose(to: Any) -> Any:
    """The same key as in the record; no law of its own, since the record holds it."""
    return models.ForeignKey(
        to, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )


class DocumentQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        """Documents of the records that the person may see, each kind by its own right."""
        kinds = [
            access.visible_to(self.filter(record_type=model._meta.label_lower), user, model.view_permission)
            for model in REGISTRY.values()
        ]
        return reduce(or_, kinds, self.none())

    def matching(self, question: str) -> Any:
        """By the index over all terms."""
        return self.extra(where=["terms @@ %s::tsquery"], params=[question])

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
            models.Index(fields=("-recorded_at",), name="document_newest"),
            models.Index(fields=("serial",), name="document_serial"),
        )

    def __str__(self) -> str:
        return self.number
