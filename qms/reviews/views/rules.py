"""Rules of the plant for its reviews."""

from functools import cached_property
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.ui.views import ActView

from .. import actions
from ..actions.rules import RIGHT
from ..forms import RuleForm
from ..models import ReviewRule


class Rule(ActView):
    back = "reviews:rules"
    permission = RIGHT
    form_class = RuleForm
    submit = _("Save")
    done = _("The rule is set.")
    help_template = "reviews/_rule_help.html"

    @property
    def title(self) -> Any:
        return self.rule.label

    @cached_property
    def rule(self) -> ReviewRule:
        return get_object_or_404(ReviewRule.objects.visible_to(self.request.user), pk=self.kwargs["pk"])

    def initial(self) -> dict[str, Any]:
        return {"closure_needs_review": self.rule.closure_needs_review}

    def perform(self, data: dict[str, Any]) -> str:
        actions.set_rule(rule=self.rule, by=self.request.user, **data)
        return reverse(self.back)
