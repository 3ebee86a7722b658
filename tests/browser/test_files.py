"""Files on an NCR's page in a real browser: several dropped at once, shown small, opened at full size."""

import pytest
from playwright.sync_api import expect

from tests.factories.pictures import picture

from .conftest import Product
from .harness import Browser

DROP = """([name, bytes]) => {
  const carried = new DataTransfer();
  for (const end of ["1", "2"]) carried.items.add(new File([new Uint8Array(bytes)], `${end}-${name}`, {type: "image/png"}));
  const frame = document.querySelector("q-drop");
  for (const kind of ["dragover", "drop"]) {
    frame.dispatchEvent(new DragEvent(kind, {dataTransfer: carried, bubbles: true, cancelable: true}));
  }
}"""


@pytest.mark.parametrize(("width", "theme", "language"), [(1440, "light", "en"), (390, "dark", "zh-hans")])
def test_pictures_are_dropped_shown_and_opened(product: Product, browser: Browser, width, theme, language):
    screen = product.sign_in(browser, "engineer", width=width, theme=theme, language=language)
    [record, *_rest] = product.call("ncrs?state=OPEN&limit=1", token="readonly").body["results"]
    page = screen.open(f"/r/{record['number']}").settle().page
    before = page.locator(".q-file").count()
    page.evaluate(DROP, [f"dropped-{width}.png", list(picture(size=(300, 200), color="teal"))])
    assert page.evaluate("document.getElementById('q-file').files.length") == 2
    page.locator("#files form button").press("Enter")  # by key: at 390 px the bars that stick lie over it
    expect(page.locator(".q-file")).to_have_count(before + 2)
    shown = page.locator(".q-file img").last
    shown.scroll_into_view_if_needed()
    assert shown.evaluate("async (img) => { await img.decode(); return img.naturalWidth; }") == 300
    screen.settle().check().shot(f"files-{width}-{theme}-{language}")
    page.locator(".q-file-shown").last.press("Enter")
    page.wait_for_url("**/files/*/page")
    expect(page.locator(".q-file-large img")).to_be_visible()
    screen.settle().check().shot(f"file-{width}-{theme}-{language}")
    page.context.close()
