"""G16: workbooks whose XML attacks its reader: nothing outside is read or called, nothing unfolds, each is refused with a reason."""

import io
import socket
import threading
import zipfile

import pytest

from qms.imports.reading import FileRefused, Format, check, rows
from qms.records import pictures
from tests.factories.pictures import picture

PROVES = ("G16",)
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
RELS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
CELLS = '<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c></row><row r="2"><c r="A2" t="s"><v>0</v></c></row>'
PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    '<Override PartName="/xl/sharedStrings.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>',
    "_rels/.rels": f'<Relationships {RELS}><Relationship Id="r1" Type="{TYPE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook {MAIN}><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships {RELS}><Relationship Id="r1" Type="{TYPE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{TYPE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    "xl/worksheets/sheet1.xml": f"<worksheet {MAIN}><sheetData>{CELLS}</sheetData></worksheet>",
    "xl/sharedStrings.xml": f'<sst {MAIN} count="1"><si><t>GIVEN</t></si></sst>',
}
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def attacks(place: str) -> dict[str, tuple[str, str]]:
    """What stands before the root, and in place of the text GIVEN or of the first element's content."""
    return {
        "billion laughs": (f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>', "&l9;"),
        "quadratic": (f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]>', "&a;" * 2_000),
        "file": ('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', "&e;"),
        "http": (f'<!DOCTYPE x [<!ENTITY e SYSTEM "{place}/e">]>', "&e;"),
        "parameter entity": (f'<!DOCTYPE x [<!ENTITY % e SYSTEM "{place}/p">%e;]>', "x"),
        "DTD elsewhere": (f'<!DOCTYPE x SYSTEM "{place}/x.dtd">', "x"),
        "public DTD": (f'<!DOCTYPE x PUBLIC "-//X//EN" "{place}/x.dtd">', "x"),
        "only a DTD": ("<!DOCTYPE x [<!ELEMENT x ANY>]>", "x"),
        "stylesheet": (f'<?xml-stylesheet type="text/xsl" href="{place}/x.xsl"?>', "x"),
        "XInclude": ("", f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{place}/i" parse="text"/>'),
        "XInclude of a file": (
            "",
            '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>',
        ),
        "schema elsewhere": (
            "",
            f'<x xmlns:s="http://www.w3.org/2001/XMLSchema-instance" s:schemaLocation="a {place}/s.xsd"/>',
        ),
        "depth": ("", "<d>" * 20_000 + "</d>" * 20_000),
        "not closed": ("", "<d>"),
        "no XML": ("", "\x01"),
    }


CASES = [(part, name) for part in PARTS for name in attacks("")]


def workbook(part: str, name: str, place: str) -> io.BytesIO:
    before, text = attacks(place)[name]
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as book:
        for path, content in PARTS.items():
            if path == part:
                told = content.replace("GIVEN", text) if "GIVEN" in content else content.replace("</", f"{text}</", 1)
            book.writestr(path, HEAD + (before + told if path == part else content))
    held.seek(0)
    return held


@pytest.fixture
def listener():
    """An address of this machine and how often it was called."""
    called = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        done = threading.Event()

        def listen():
            while not done.is_set():
                try:
                    line, _where = server.accept()
                except OSError:
                    continue
                called.append(1)
                line.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", called
        done.set()
        thread.join()


def read(book: io.BytesIO) -> list[str]:
    form = Format("a.xlsx")
    check(book, form)
    return [str(value) for row in rows(book, form, ["name"], []) for value in row.cells.values()]


def test_the_plain_workbook_is_read():
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as book:
        for path, content in PARTS.items():
            book.writestr(path, HEAD + content)
    assert read(held) == ["GIVEN"]


@pytest.mark.filterwarnings("ignore::UserWarning")  # the reader tells of parts that it leaves out
def test_no_attack_reads_calls_or_unfolds_anything(listener):
    place, called = listener
    assert len(CASES) >= 30
    refused, wrong = 0, []
    for part, name in CASES:
        try:
            found = read(workbook(part, name, place))
        except FileRefused as why:
            refused += 1
            if not why.hint:
                wrong.append(f"{part}, {name}: refused without a next step")
        except Exception as error:
            wrong.append(f"{part}, {name}: {type(error).__name__} {error}"[:200])
        else:
            if len("".join(found)) > 1000 or "root:" in "".join(found):
                wrong.append(f"{part}, {name}: read {found!r:.80}")
    assert wrong == []
    assert called == []
    assert refused >= 40


@pytest.mark.parametrize("name", attacks(""))
def test_notes_of_a_picture_are_not_parsed(name, listener):
    place, called = listener
    before, text = attacks(place)[name]
    packet = f'{before}<x:xmpmeta xmlns:x="adobe:ns:meta/">{text}</x:xmpmeta>'
    pictures.media_type("a.png", picture(words=packet[:60_000]))
    assert called == []
