"""How a file is to be read: declared by a person, never guessed."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Encoding(models.TextChoices):
    UTF8_BOM = "utf-8-sig", _("UTF-8 with a byte order mark (Excel: “CSV UTF-8”)")
    UTF8 = "utf-8", _("UTF-8 without a byte order mark")
    GB18030 = "gb18030", _("GB18030 (Chinese, also GBK and GB2312)")
    CP1252 = "cp1252", _("Windows-1252 (Western European)")


class Separator(models.TextChoices):
    COMMA = "comma", _("Comma ,")
    SEMICOLON = "semicolon", _("Semicolon ;")
    TAB = "tab", _("Tabulator")
    BAR = "bar", _("Vertical bar |")


SIGNS = {Separator.COMMA: ",", Separator.SEMICOLON: ";", Separator.TAB: "\t", Separator.BAR: "|"}


class DecimalSign(models.TextChoices):
    POINT = "point", _("Point: 12.5")
    COMMA = "comma", _("Comma: 12,5")


class DateFormat(models.TextChoices):
    ISO = "iso", "2026-12-31"
    DOTS = "dots", "31.12.2026"
    DAY_FIRST = "day_first", "31/12/2026"
    MONTH_FIRST = "month_first", "12/31/2026"
    YEAR_FIRST = "year_first", "2026/12/31"
    CHINESE = "chinese", "2026年12月31日"


PATTERNS = {
    DateFormat.ISO: "%Y-%m-%d",
    DateFormat.DOTS: "%d.%m.%Y",
    DateFormat.DAY_FIRST: "%d/%m/%Y",
    DateFormat.MONTH_FIRST: "%m/%d/%Y",
    DateFormat.YEAR_FIRST: "%Y/%m/%d",
    DateFormat.CHINESE: "%Y年%m月%d日",
}


class Verdict(models.TextChoices):
    NEW = "new", _("New")
    CHANGED = "changed", _("Changed")
    UNCHANGED = "unchanged", _("Unchanged")
    REFUSED = "refused", _("Refused")


class Effect(models.TextChoices):
    """What applying a row did."""

    CREATED = "created", _("Created")
    UPDATED = "updated", _("Updated")
    REFUSED = "refused", _("Refused")


class Stage(models.TextChoices):
    CHECK = "check", _("Dry run")
    APPLY = "apply", _("Import")
