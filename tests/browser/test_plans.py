"""An engineer writes a plan in the grid without a mouse; the quality manager signs; the page draws the callouts."""

from typing import Any

from .conftest import Product
from .harness import Browser, Screen

PROVES = ("11.10(e)", "11.50")
LINES = (
    ("1", "Bore 12 H7", "12", "12", "12,018", "mm"),
    ("2", "Length", "40", "39.9", "40.1", "mm"),
    ("3", "Flatness of the base", "", "", "0.05", "mm"),
)
CELLS = ("balloon", "name", "nominal", "lower", "upper", "unit")


def typed(screen: Screen) -> None:
    """Column by column would be a mouse's way: each line from left to right, Enter adds the next one."""
    page = screen.page
    for row, cells in enumerate(LINES):
        if row:
            page.press(f"#id_lines-{row - 1}-balloon", "Enter")
        assert page.evaluate("document.activeElement.id") == f"id_lines-{row}-balloon" or row == 0
        for name, text in zip(CELLS, cells, strict=True):
            page.fill(f"#id_lines-{row}-{name}", text)
    pasted(page)
    page.click("tbody tr:nth-child(3) summary")
    page.fill("#id_lines-2-callout", "flatness 0.05")


def pasted(page: Any) -> None:
    """Two lines of a spreadsheet at the end of the grid."""
    page.press("#id_lines-2-balloon", "Enter")
    page.evaluate(
        """text => {
          const data = new DataTransfer(); data.setData("text/plain", text);
          document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        "4\tBurr\tAttribute (pass or fail)\t\t\t\t\tMinor\tyes\r\n5\tWidth\tvariable\t12\t11,9\t12,1\tmm\tMajor\r\n",
    )
    assert page.input_value("#id_lines-3-kind") == "attribute" and page.is_checked("#id_lines-3-is_key")
    assert page.input_value("#id_lines-4-upper") == "12,1"


def test_a_plan_is_written_by_the_keyboard_and_released_by_another(product: Product, browser: Browser):
    screen = product.sign_in(browser, "engineer")
    screen.open("/inspection-plans/").settle().check().shot("plan-list")
    page = screen.open("/inspection-plans/new").settle().page
    page.select_option("#id_site", "AUG")
    page.select_option("#id_kind", "final")
    page.fill("#id_item", "TB-4711")
    page.fill("#id_title", "Bearing bracket, final")
    page.select_option("#id_scheme", "z14_single")
    page.select_option("#id_level", "II")
    page.select_option("#id_aql", "1")
    page.click("#act-form .btn-primary")
    page.wait_for_url("**/INP-*")
    screen.settle().check().shot("plan-empty")
    number = page.url.rsplit("/", 1)[-1]
    screen.open(f"/inspection-plans/{number}/characterise").settle()
    typed(screen)
    screen.settle().check().shot("plan-grid")
    page.click("#act-form .btn-primary")
    page.wait_for_selector(".q-callout")
    assert page.locator("#balloon-1").inner_text().count("12 … 12.018 mm") == 1
    screen.settle().check().shot("plan-draft")
    page.context.close()
    small = product.sign_in(browser, "engineer", width=390, theme="dark", language="zh-hans")
    small.open(f"/inspection-plans/{number}").settle().check().shot("plan-390-zh")
    small.open(f"/inspection-plans/{number}/characterise").settle().check().shot("plan-grid-390-zh")
    small.open(f"/inspection-plans/{number}/submit").settle().page.click("#act-form .btn-primary")
    small.page.wait_for_selector(".q-signatures, #signatures")
    small.page.context.close()
    manager = product.sign_in(browser, "manager")
    manager.open(f"/inspection-plans/{number}/release").settle().page.click("#act-form .btn-primary")
    manager.page.wait_for_selector("#q-sign-title")
    manager.page.fill("input[name=_username]", "manager")
    manager.page.fill("input[name=_password]", product.users["manager"])
    manager.check().shot("plan-sign")
    manager.page.click("dialog[open] .btn-primary")
    manager.page.wait_for_selector(".q-signatures li")
    manager.check().shot("plan-released")
    manager.page.context.close()
