"""A plain table of 20 columns: what a REST framework writes when nobody asks for a trail."""

from django.db import models

from qms.lib.trail import PLUMBING


class Bare(models.Model):
    trail_class = PLUMBING
    title = models.CharField(max_length=200)
    part = models.CharField(max_length=120)
    part_name = models.CharField(max_length=200)
    revision = models.CharField(max_length=40)
    lot = models.CharField(max_length=120)
    order_number = models.CharField(max_length=120)
    operation = models.CharField(max_length=120)
    work_center = models.CharField(max_length=120)
    supplier = models.CharField(max_length=200)
    defect = models.CharField(max_length=40)
    severity = models.CharField(max_length=10)
    state = models.CharField(max_length=24)
    description = models.TextField()
    quantity = models.DecimalField(max_digits=20, decimal_places=6)
    unit = models.CharField(max_length=40)
    detected_by = models.CharField(max_length=80)
    occurred_at = models.DateTimeField()
    due_date = models.DateField()
    round = models.IntegerField()
    is_open = models.BooleanField()

    def __str__(self) -> str:
        return self.title
