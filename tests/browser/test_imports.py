"""How a plant leaves its old system, by a person's hands: a workbook with mistakes, the dry run that names them, the mended
workbook imported by a worker while the page tells how far it is, the same once more, and the way back by batch."""

import io
import re
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import expect

from .conftest import Product
from .harness import Browser, Screen

pytestmark = pytest.mark.browser
HEAD = ("external_id", "number", "name", "unit")
MANY = 3000  # several chunks, so that a page can be seen while the worker is at it
GOOD = [(str(n), f"OLD-{n}", f"Bearing housing {n} 轴承座", "u") for n in range(10_000, 10_000 + MANY)]
WRONG = [
    ("1", "OLD-1", "Bolt M6", "furlong"),
    ("2", "OLD-2", "", "u"),
    ("3", "OLD-3", "=1+1", "u"),
    ("10000", "OLD-4", "Twice", "u"),
]
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    book, held = openpyxl.Workbook(), io.BytesIO()
    for row in (HEAD, *rows):
        book.active.append(list(row))
    book.save(held)
    return {"name": "parts.xlsx", "mimeType": SHEET, "buffer": held.getvalue()}


def upload(screen: Screen, rows: list[tuple[Any, ...]]) -> str:
    page = screen.open("/settings/import/new?kind=items&site=AUG&source=old-qms").settle().page
    page.set_input_files("input[type=file]", workbook(rows))
    page.locator("#act-form .btn-primary").click()
    page.wait_for_url(re.compile(r"/settings/import/[0-9a-f-]{36}/$"))
    return page.url.removeprefix(screen.base)


def press(screen: Screen, act: str) -> None:
    """The page shows how far the worker is, and by itself when it is done."""
    screen.page.locator(f"form[action$='/{act}'] button").click()
    screen.page.wait_for_selector("#work progress")
    screen.page.wait_for_selector("#work progress", state="detached", timeout=120_000)
    screen.settle().check(axe=act == "check")


@pytest.mark.parametrize(
    ("width", "theme", "language", "said"),
    [
        (1440, "dark", "en", ("is not known here", "is missing", "holds a formula", "stands in row")),
        (390, "light", "zh-hans", ("没有单位", "缺少值", "公式", "已出现在第")),
    ],
)
def test_from_a_workbook_with_mistakes_to_the_plant_and_back(
    product: Product, browser: Browser, width: int, theme: str, language: str, said: tuple[str, ...]
):
    screen = product.sign_in(browser, "admin", width=width, theme=theme, language=language)
    page, look = screen.page, f"{width}-{theme}-{language}"
    upload(screen, [*GOOD[:40], *WRONG])
    screen.settle().check().shot(f"import-preview-{look}")
    page.locator("form[action$='/check'] button").click()
    page.wait_for_selector("#rows-title")
    page.locator("a[href^='?show=refused']").click()
    rows = page.locator("#work table tbody tr")
    expect(rows).to_have_count(len(WRONG))
    for row, words in zip(rows.all(), said, strict=True):
        expect(row).to_contain_text(words)
    screen.settle().check().shot(f"import-refused-{look}")
    assert parts(product) == 0

    mended = upload(screen, GOOD)
    press(screen, "check")
    assert parts(product) == 0
    press(screen, "apply")
    screen.shot(f"import-done-{look}")
    assert parts(product) == MANY

    upload(screen, GOOD)
    press(screen, "check")
    assert page.locator("form[action$='/apply']").count() == 0  # nothing is left to import
    expect(page.locator("#work")).to_contain_text(str(MANY))

    screen.open(f"{mended}roll-back").settle().check().shot(f"import-roll-back-{look}")
    page.fill("#id_reason", "Taken from the test system by mistake")
    page.locator("#act-form .btn-primary").click()
    page.wait_for_url(f"**{mended}")
    screen.settle().check().shot(f"import-rolled-back-{look}")
    assert parts(product) == 0
    page.context.close()


def parts(product: Product) -> int:
    """Imported ones that count, as the database has them."""
    told = product.manage("shell", "-c", COUNT)
    assert told.returncode == 0, told.stderr
    return int(told.stdout.strip().splitlines()[-1])


COUNT = """
from qms.masterdata.models import Item
print(Item.objects.live().filter(source="import:old-qms").count())
"""
