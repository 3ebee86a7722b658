"""What is written for COPY and as an array comes out of the database as it went in."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from qms.lib import copytext
from tests.sizes import size

pytestmark = pytest.mark.django_db
COLUMNS = "t text, b boolean, n integer, q numeric, d date, m timestamptz"
MOMENT = dt.datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=dt.timezone(dt.timedelta(hours=8)))


class Role(StrEnum):
    SCRAP = "scrap\tbin"


def through(rows):
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE told ({COLUMNS})")
        with cursor.copy("COPY told FROM STDIN") as copy:
            copy.write("".join(copytext.line(row) + "\n" for row in rows))
        cursor.execute("SELECT * FROM told")
        found = cursor.fetchall()
        cursor.execute("DROP TABLE told")
        return found


TEXTS = ["", "\\N", "\\.", "a\tb", "a\nb", "a\r\nb", 'C:\\new\\"part"', "垫片 Ø12", "\\", "NULL", "\x01\x1f"]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_comes_out_as_it_went_in(text):
    row = (text, True, -7, Decimal("1.50"), dt.date(2026, 3, 1), MOMENT)
    assert through([[*row], [None] * 6, [text, None, None, None, None, None]]) == [
        row,
        (None,) * 6,
        (text, None, None, None, None, None),
    ]


@settings(max_examples=size(2_000), deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9), min_size=1))
def test_any_texts_come_out_as_they_went_in(texts):
    assert [row[0] for row in through([[text, *[None] * 5] for text in texts])] == texts
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::text[]", [copytext.array(texts)])
        assert cursor.fetchone() == (texts,)


def test_a_name_is_the_text_that_it_stands_for():
    assert through([[Role.SCRAP, False, None, None, None, None]])[0][:2] == ("scrap\tbin", False)


@pytest.mark.parametrize("value", [1.5, {"a": 1}, ["a"], b"a"])
def test_what_has_no_column_is_refused(value):
    with pytest.raises(TypeError, match="has no column"):
        copytext.line(["a", value])
