"""The floor page in a real browser: what an operator sees, and that nothing it does breaks its own rules."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from nearcart_contract.store_file import Console
from nearcart_gateway.shell.web.app import create_app
from nearcart_gateway.shell.web.listen import Address, serve

from .fake_store import DELIVERED, OPENED, PEOPLE, SENT, SILENT, FakeHooks, FakeStore, registry_with_a_counter

pytestmark = pytest.mark.asyncio(loop_scope="module")

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
SAID = {"desktop": DESKTOP, "phone": PHONE}

WATCH_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the browser complains of; a test that expects complaints clears them."""
    complaints: list[str] = []
    yield complaints
    assert complaints == []


@pytest_asyncio.fixture(loop_scope="module")
async def address(store: FakeStore) -> AsyncIterator[Address]:
    async with serving(store, 0) as address:
        yield address


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, address: Address, complaints: list[str]) -> AsyncIterator[Page]:
    async with opened(browser, address, complaints) as page:
        yield page


@asynccontextmanager
async def serving(store: FakeStore, port: int) -> AsyncIterator[Address]:
    console = Console(port=port)
    app = create_app(store, FakeHooks(), console, registry_with_a_counter())
    async with serve(app, console) as address:
        yield address


@asynccontextmanager
async def opened(
    browser: Browser,
    address: Address,
    complaints: list[str],
    viewport: dict[str, int] = DESKTOP,
    scheme: str = "light",
    motion: str = "no-preference",
) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport=viewport, color_scheme=scheme, reduced_motion=motion)
    page = await context.new_page()
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(address.url) else complaints.append(request.url))
    await page.add_init_script(WATCH_VIOLATIONS)
    await page.goto(address.url)
    await expect(page.locator(".edge")).to_have_count(5)
    await still(page)
    yield page
    complaints += await page.evaluate("violations")
    await context.close()


async def still(page: Page) -> None:
    """Until nothing on the page moves any more."""
    await page.wait_for_function("() => document.getAnimations().length === 0")


def dot(page: Page, person: str = "d1") -> Locator:
    return page.locator(f".person[data-id={person}]")


def row(page: Page, key: str) -> Locator:
    return page.locator(f".row[data-key='{key}']")


async def middle(locator: Locator) -> tuple[float, float]:
    box = await locator.locator("use").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def metres_of(page: Page, locator: Locator) -> tuple[float, float]:
    """Where a dot is drawn, in metres on the floor."""
    x, y = await middle(locator)
    wall = await page.locator(".ground").bounding_box()
    assert wall is not None
    return (x - wall["x"]) / wall["width"] * 18, (y - wall["y"]) / wall["height"] * 12


async def test_everybody_stands_where_the_locator_says(page: Page) -> None:
    await expect(page.locator(".person")).to_have_count(len(PEOPLE))
    assert await metres_of(page, dot(page, "d4")) == (pytest.approx(13.8, abs=0.1), pytest.approx(8.2, abs=0.1))
    await expect(dot(page).locator("text")).to_have_text("amber fox")
    disc = await page.locator(".disc").first.bounding_box()
    wall = await page.locator(".ground").bounding_box()
    assert disc["width"] / wall["width"] * 18 == pytest.approx(2 * 1.4, abs=0.1)


async def test_a_dot_eases_to_the_next_place(page: Page, store: FakeStore) -> None:
    assert await metres_of(page, dot(page)) == (pytest.approx(3.0, abs=0.2), pytest.approx(9.0, abs=0.2))
    store.move(14.5, 10.5)
    moving = await page.wait_for_function("() => document.querySelector('.person[data-id=d1]').getAnimations()[0]")
    assert await moving.evaluate("(animation) => animation.effect.getTiming().duration") == 300
    await still(page)
    assert await metres_of(page, dot(page)) == (pytest.approx(14.5, abs=0.2), pytest.approx(10.5, abs=0.2))


async def test_with_reduced_motion_it_is_there_at_once(
    browser: Browser, address: Address, store: FakeStore, complaints: list[str]
) -> None:
    async with opened(browser, address, complaints, motion="reduce") as page:
        assert await dot(page).evaluate("(dot) => getComputedStyle(dot).transitionDuration") == "0s"
        before = await dot(page).evaluate("(dot) => dot.style.transform")
        store.move(14.5, 10.5)
        await expect(dot(page)).not_to_have_attribute("style", re.compile(re.escape(before)))
        assert (await metres_of(page, dot(page)))[0] == pytest.approx(14.5, abs=0.2)


async def test_two_in_one_place_are_both_seen(page: Page) -> None:
    (x1, y1), (x2, y2) = await middle(dot(page, "d2")), await middle(dot(page, "d3"))
    assert ((x1 - x2) ** 2 + (y1 - y2) ** 2) ** 0.5 >= 18


async def test_what_somebody_has_is_told_by_shape_and_word_not_by_colour_alone(page: Page) -> None:
    shapes = [await dot(page, person).locator("use").get_attribute("href") for person in ("d1", "d2", "d3", "d4")]
    assert shapes == ["#glyph-abandoned", "#glyph-open", "#glyph-none", "#glyph-staff"]
    legend = " ".join((await page.locator("#marks").inner_text()).split())
    assert legend == "1 open cart 2 abandoned cart 1 no cart 1 staff"


async def test_the_plan_has_a_text_alternative_that_stays_true(page: Page, store: FakeStore) -> None:
    plan = page.get_by_role("img", name=re.compile("Floor plan of Corner Shop"))
    await expect(plan.locator("#plan-text")).to_contain_text("amber fox, in Entrance, with an abandoned cart")
    store.here = ()
    store.board.notify("people")
    await expect(plan.locator("#plan-text")).to_have_text("No one is here yet.")


async def test_somebody_who_leaves_is_gone_and_an_empty_store_says_what_to_do(page: Page, store: FakeStore) -> None:
    store.here = PEOPLE[:1]
    store.board.notify("people")
    await expect(page.locator(".person")).to_have_count(1)
    store.here = ()
    store.board.notify("people")
    await expect(page.locator(".person, .disc")).to_have_count(0)
    await expect(page.locator("#nobody")).to_be_visible()
    await expect(page.locator("#nobody")).to_contain_text("nearcart visitors add ID --ibeacon")


async def test_somebody_whose_place_is_unknown_is_counted(page: Page, store: FakeStore) -> None:
    store.here = (replace(PEOPLE[0], x=None, y=None), replace(PEOPLE[1], x=None, y=None, zone=None))
    store.board.notify("people")
    await expect(page.locator("#unplaced")).to_have_text("1 more person is somewhere in the store")
    await still(page)
    assert await metres_of(page, dot(page)) == (pytest.approx(3, abs=0.9), pytest.approx(10.5, abs=0.9))


async def test_decisions_read_as_sentences(page: Page) -> None:
    sent, silent = row(page, SENT.key), row(page, SILENT.key)
    await expect(sent.locator("time")).to_have_text("13:59:57")
    await expect(sent.locator(".whom")).to_have_text("amber fox in Wine")
    await expect(sent.locator(".said")).to_have_text(SENT.text)
    await expect(sent.locator(".sign")).to_have_text("on its way")
    await expect(sent.locator(".fate")).to_have_text("wine-dwell, by phone")
    await expect(silent.locator(".said")).to_have_text("silent: had 2 of 2 this week")
    await expect(row(page, DELIVERED.key).locator(".fate")).to_have_text("welcome-back, by phone, delivered")


async def test_a_decision_appears_on_top_and_its_delivery_goes_on(page: Page, store: FakeStore) -> None:
    new = replace(SENT, key="new", at=OPENED + 1)
    store.decide(new)
    await expect(page.locator(".row").first).to_have_attribute("data-key", "new")
    await expect(row(page, "new").locator(".sign")).to_have_text("on its way")
    store.decide(replace(new, delivery="delivered"))
    await expect(row(page, "new").locator(".sign")).to_have_text("sent")
    store.decide(replace(new, delivery="failed"))
    await expect(row(page, "new").locator(".sign")).to_have_text("not delivered")
    await expect(page.locator(".row")).to_have_count(5)


async def test_a_click_opens_every_offer_that_was_looked_at(page: Page) -> None:
    await row(page, SENT.key).locator("summary").click()
    details = row(page, SENT.key).locator(".looked-at")
    await expect(details.locator("caption")).to_have_text("3 offers were looked at")
    await expect(details.locator("tbody tr").nth(1)).to_contain_text("cart in another state")
    await expect(details.locator("tbody tr").nth(1)).to_contain_text("found open, needs abandoned")


async def test_it_tells_what_became_of_the_offer_in_each_channel(page: Page) -> None:
    await row(page, DELIVERED.key).locator("summary").click()
    became = row(page, DELIVERED.key).locator(".looked-at table").nth(1)
    await expect(became.locator("caption")).to_have_text("What became of it")
    await expect(became.locator("tbody tr").first).to_have_text("crm failed at 13:53:00the webhook answered 410")
    await expect(became.locator("tbody tr").last).to_have_text("phone delivered at 13:53:02")


async def test_the_keyboard_opens_it_too(page: Page) -> None:
    await row(page, SILENT.key).locator("summary").focus()
    await page.keyboard.press("Enter")
    await expect(row(page, SILENT.key).locator("caption")).to_be_visible()


async def test_news_waits_while_somebody_reads(page: Page, store: FakeStore) -> None:
    await row(page, SENT.key).locator("summary").click()
    await expect(row(page, SENT.key).locator("caption")).to_be_visible()
    before = await row(page, SENT.key).bounding_box()
    store.decide(replace(SILENT, key="new", at=OPENED + 1))
    await expect(page.locator("#news")).to_have_text("Show 1 new decision")
    assert await row(page, SENT.key).bounding_box() == before
    await page.locator("#news").click()
    await expect(page.locator(".row").first).to_have_attribute("data-key", "new")
    await expect(page.locator("#news")).to_be_hidden()


async def test_earlier_decisions_are_fetched(page: Page, store: FakeStore) -> None:
    store.feed += [replace(SILENT, key=f"old-{n}", at=OPENED - 90_000 - n) for n in range(3)]
    await page.locator("#earlier").click()
    await expect(page.locator(".row")).to_have_count(7)
    await expect(row(page, "old-0").locator("time")).to_have_text("30 Sept\n13:00:00")
    await page.locator("#earlier").click()
    await expect(page.locator("#earlier")).to_be_hidden()


async def test_what_people_and_offers_are_called_is_never_html(page: Page, store: FakeStore) -> None:
    evil = "<img src=x onerror=alert(1)>"
    store.here = (replace(PEOPLE[0], pseudonym=evil),)
    store.decide(replace(SENT, key="evil", at=OPENED + 1, pseudonym=evil, text=evil, zone=evil))
    store.board.notify("people")
    await expect(row(page, "evil").locator(".said")).to_have_text(evil)
    await expect(dot(page).locator("text")).to_have_text(evil)
    assert await page.locator("main img").count() == 0


async def test_edges_say_how_they_are(page: Page, store: FakeStore) -> None:
    edge = page.locator(".edge").nth(1)
    await expect(edge.locator(".state")).to_have_text("heard now")
    await expect(edge.locator(".level")).to_contain_text("dBm")
    assert len(await edge.locator(".spark .line").get_attribute("d") or "") > 300
    store.sensors = (
        replace(store.sensors[0], problem="Adapter hci0 is switched off. Switch it on: bluetoothctl power on"),
        replace(store.sensors[1], online=False, last_heard_at=OPENED - 130),
        *store.sensors[2:],
    )
    store.board.notify("edges")
    await expect(edge.locator(".state")).to_have_text("gone since 13:57:50")
    await expect(page.locator(".edge").first.locator(".problem")).to_contain_text("bluetoothctl power on")
    await expect(page.locator("#edges-word")).to_have_text("1 of 5 edges not connected")
    await expect(page.locator(".scanner[data-edge=wine]")).to_have_class(re.compile("gone"))


async def test_health_says_what_is_wrong_and_how_to_mend_it(page: Page, store: FakeStore) -> None:
    await expect(page.locator("#health-word")).to_have_text("all is well")
    store.trouble("The broker is out of reach. Start it: systemctl start mosquitto")
    await expect(page.locator("#health-word")).to_have_text("1 thing needs you")
    await page.locator("#health summary").click()
    await expect(page.locator("#health-sheet")).to_have_text(
        "The broker is out of reach. Start it: systemctl start mosquitto"
    )
    await page.keyboard.press("Escape")
    await expect(page.locator("#health-sheet")).to_be_hidden()


async def test_the_clock_is_the_stores(page: Page) -> None:
    await expect(page.locator("#clock")).to_have_text(re.compile(r"^14:00:\d\d$"))


async def test_a_lost_line_says_since_when_and_mends_itself(
    browser: Browser, store: FakeStore, complaints: list[str]
) -> None:
    async with serving(store, 0) as address:
        opening = opened(browser, address, complaints)
        page = await opening.__aenter__()
    await expect(page.locator("#health-word")).to_have_text(
        re.compile(r"^no connection since (13:59:59|14:00:\d\d), trying again$"), timeout=10_000
    )
    store.here = PEOPLE[:2]
    async with serving(store, address.port) as again:
        assert again.port == address.port
        await expect(page.locator("#health-word")).to_have_text("all is well", timeout=10_000)
        await expect(page.locator(".person")).to_have_count(2)
        await expect(page.locator(".row")).to_have_count(4)
        await opening.__aexit__(None, None, None)
    assert all("ERR_" in complaint for complaint in complaints)  # the browser's own words of a line that broke
    complaints.clear()


@pytest.mark.parametrize("size", ["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_is_cut_off_or_overlaps(
    browser: Browser, address: Address, complaints: list[str], size: str, scheme: str
) -> None:
    async with opened(browser, address, complaints, SAID[size], scheme) as page:
        if size == "phone":
            await page.locator("#edges-fold summary").click()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        cut = "(all) => all.filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent)"
        assert await page.locator("h1, .row *, .edge *, .legend *, .bar *").evaluate_all(cut) == []
        names = await page.locator(".zone-name").all_text_contents()
        assert not [name for name in names if "…" in name]
        assert await page.evaluate(OVERLAPS) == []
        background = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert background == {"light": "rgb(244, 245, 247)", "dark": "rgb(15, 19, 23)"}[scheme]


OVERLAPS = """
(() => {
  const shown = [...document.querySelectorAll(".person use, .person text:not(.crowded), .zone-name")];
  const boxes = shown.map((e) => [e.textContent || e.getAttribute("href"), e.getBoundingClientRect(), e.parentNode]);
  const found = [];
  for (const [i, [one, a, mine]] of boxes.entries())
    for (const [other, b, its] of boxes.slice(i + 1))
      if (mine !== its && a.left + 3 < b.right && b.left + 3 < a.right && a.top + 3 < b.bottom && b.top + 3 < a.bottom)
        found.push(`${one} / ${other}`);
  return found;
})()
"""


async def test_a_phone_shows_plan_then_feed_then_folded_edges(
    browser: Browser, address: Address, complaints: list[str]
) -> None:
    async with opened(browser, address, complaints, PHONE) as page:
        tops = [(await page.locator(part).bounding_box())["y"] for part in (".floor", ".feed", ".edges")]
        assert tops == sorted(tops)
        await expect(page.locator("#edges")).to_be_hidden()
        await page.locator("#edges-fold summary").click()
        await expect(page.locator("#edges")).to_be_visible()


async def test_a_desktop_gives_the_plan_two_thirds_and_shows_edges(page: Page) -> None:
    floor, feed = [await page.locator(part).bounding_box() for part in (".floor", ".feed")]
    assert floor["width"] / feed["width"] == pytest.approx(2, abs=0.15)
    await expect(page.locator("#edges")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")


async def test_nothing_jumps_when_data_arrives(page: Page, store: FakeStore) -> None:
    async def places() -> list[object]:
        return [await page.locator(part).bounding_box() for part in ("#plan", ".feed", ".edges", ".bar", ".legend")]

    before = await places()
    store.trouble("The broker is out of reach.")
    store.sensors = (replace(store.sensors[0], outbox_waiting=12_345), *store.sensors[1:])
    store.here = ()
    store.decide(replace(SENT, key="new", at=OPENED + 1))
    store.board.notify("people", "edges")
    await expect(page.locator("#nobody")).to_be_visible()
    await expect(row(page, "new")).to_be_visible()
    assert await places() == before


async def test_forty_people_in_one_zone_keep_apart(page: Page, store: FakeStore) -> None:
    store.here = tuple(replace(PEOPLE[0], id=f"p{n}", pseudonym=f"amber fox {n}", x=9.0, y=3.0) for n in range(40))
    store.board.notify("people")
    await expect(page.locator(".person")).to_have_count(40)
    await still(page)
    assert not [pair for pair in await page.evaluate(OVERLAPS) if pair.count("amber fox") == 2]
