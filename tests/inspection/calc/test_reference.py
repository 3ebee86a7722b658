"""Every reference file that is shipped is computed again; and the command that a site runs says so, or says what differs."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from inspection.management.reference import check_file

FOLDER = Path(__file__).resolve().parents[2] / "reference"
FILES = sorted(path for path in FOLDER.rglob("*") if path.is_file() and path.suffix != ".md")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_every_value_of_the_file_is_computed_within_its_tolerance(path):
    checked = check_file(path)
    assert (checked.problem, checked.mismatches) == ("", [])
    assert checked.values > 0


def told(folder) -> str:
    out = StringIO()
    call_command("check_reference", str(folder), stdout=out)
    return out.getvalue()


@pytest.fixture
def one(tmp_path):
    """A copy of the look-up cases, to be changed."""
    document = json.loads((FOLDER / "sampling" / "z14_lookup_cases.json").read_text())
    return tmp_path / "cases.json", document


def test_a_folder_that_holds_prints_a_row_for_each_file(one):
    path, document = one
    path.write_text(json.dumps(document))
    printed = told(path.parent)
    assert "cases.json" in printed and "All 1 files hold: 112 values compared." in printed


def test_a_changed_figure_fails_and_is_named(one):
    path, document = one
    document["cases"][4]["expected"]["n_table"] = 8
    path.write_text(json.dumps(document))
    out = StringIO()
    with pytest.raises(CommandError, match="1 of 1 files do not hold"):
        call_command("check_reference", str(path.parent), stdout=out)
    assert "n_table: expected 8, computed 20" in out.getvalue()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("other.json", '{"id": "something-else"}'),
        ("broken.json", '{"id": "z14-lookup", "cases": ['),
        ("empty.json", '{"id": "z14-lookup", "cases": []}'),
        ("list.json", "[]"),
        ("values.csv", "a,b\n1,2\n"),
        ("values.txt", "1 2 3"),
        ("none.csv", ""),
    ],
)
def test_a_file_that_is_not_understood_fails(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    assert not check_file(tmp_path / name).holds
    with pytest.raises(CommandError, match="do not hold"):
        told(tmp_path)


def test_an_empty_folder_proves_nothing_and_fails(tmp_path):
    with pytest.raises(CommandError, match="nothing was proved"):
        told(tmp_path)
    with pytest.raises(CommandError, match="is no folder"):
        told(tmp_path / "absent")


def test_a_value_that_is_not_computed_is_a_mismatch(one):
    path, document = one
    document["cases"][0]["expected"]["something_more"] = 1
    path.write_text(json.dumps(document))
    [miss] = check_file(path).mismatches
    assert (miss.place, miss.found) == ("something_more", "not computed")
