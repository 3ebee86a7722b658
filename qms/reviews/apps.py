from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "qms.reviews"

    def ready(self) -> None:
        from qms.journal.install import installer
        from qms.office.models import Kind
        from qms.office.notifications.rules import RULES, Rule

        from . import alarms, queries, workflow
        from .actions import rules
        from .models import TrailReview

        assert workflow.TRAIL and workflow.ACCESS and workflow.SYSTEM
        # The record asks for its rule through the class, because models may not import queries.
        TrailReview.refuses = queries.refuses_step
        installer(rules.seed)
        RULES["access_review.planned"] = Rule(Kind.ASSIGNED, lambda news: news.people.one(news.record.owner_id))
        RULES["system_review.planned"] = Rule(Kind.ASSIGNED, lambda news: news.people.one(news.record.owner_id))
        alarms.register()
        RULES["trail_review.planned"] = Rule(Kind.ASSIGNED, lambda news: news.people.one(news.record.owner_id))
