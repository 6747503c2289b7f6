"""Her own page in a real browser: offers come and go, pushes are shown, and nothing breaks the page's own rules."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from nearcart_contract.offer_message import OfferMessage
from nearcart_gateway.core.push_message import over, push_message
from nearcart_gateway.shell.channels.page import PageDelivery

from .own_page_shop import OwnPageShop, own_page_shop
from .test_page import ARGUMENTS, PHONE, WATCH_VIOLATIONS

pytestmark = pytest.mark.asyncio(loop_scope="module")

A_BROWSERS_OWN = """
// The one thing that needs the internet: the browser's own subscription at its maker's push service.
PushManager.prototype.getSubscription = async () => null;
PushManager.prototype.subscribe = async (options) => {
  window.asked = options;
  return {
    endpoint: "http://127.0.0.1:9999/push/1",
    toJSON: () => ({ endpoint: "http://127.0.0.1:9999/push/1", keys: {
      p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
      auth: "BTBZMqHH6r4Tts7J_aSIgg" } }),
    unsubscribe: async () => true,
  };
};
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def shop(tmp_path: Path) -> AsyncIterator[OwnPageShop]:
    async with own_page_shop(tmp_path) as shop:
        await shop.enrol("anna")
        yield shop


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, shop: OwnPageShop) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport=PHONE, permissions=["notifications"])
    page, complaints = await context.new_page(), []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(shop.url) else complaints.append(request.url))
    await page.add_init_script(WATCH_VIOLATIONS + A_BROWSERS_OWN)
    await page.goto(shop.url + shop.paths["anna"])
    await page.wait_for_function("() => document.getElementById('push').hidden === false")
    yield page
    complaints += await page.evaluate("violations")
    await context.close()
    assert complaints == []


async def test_an_offer_comes_says_its_code_and_goes_when_it_is_withdrawn(shop: OwnPageShop, page: Page) -> None:
    await expect(page.locator("#empty")).to_be_visible()
    give = {"kind": "percent", "percent": 10, "code": "TEN-OFF"}
    waiting = await shop.say("anna", "<b>Ten</b> % off.", channel="page", state="waiting", benefit=give)
    await PageDelivery(shop.pages).deliver(waiting)  # returns when the page says that it shows it
    await expect(page.locator("#offers .text")).to_have_text("<b>Ten</b> % off.")
    await expect(page.locator("#offers .code")).to_have_text("TEN-OFF")
    await expect(page.locator("#empty")).to_be_hidden()
    await shop.keep(replace(waiting, state="withdrawn"))
    await expect(page.locator("#offers li")).to_have_count(0)
    await expect(page.locator("#empty")).to_be_visible()


async def test_an_offer_goes_by_itself_when_it_is_over(shop: OwnPageShop, page: Page) -> None:
    await shop.say("anna", "Only now.", good_for=2.0)
    await expect(page.locator("#offers li")).to_have_count(1)
    await expect(page.locator("#offers li")).to_have_count(0, timeout=5000)


async def test_a_tab_behind_others_is_not_her_looking_at_it(shop: OwnPageShop, page: Page) -> None:
    async def turn(state: str) -> None:
        await page.evaluate(
            "(state) => { Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });"
            " document.dispatchEvent(new Event('visibilitychange')); }",
            state,
        )

    async def is_open(wanted: bool) -> None:
        async with asyncio.timeout(5):
            while shop.pages.is_open("anna") is not wanted:
                await asyncio.sleep(0.02)

    await is_open(True)
    await turn("hidden")
    await is_open(False)
    await shop.say("anna", "Hello.")
    await turn("visible")
    await expect(page.locator("#offers .text")).to_have_text("Hello.")
    await is_open(True)


async def test_the_page_speaks_her_language(shop: OwnPageShop, page: Page) -> None:
    hers = await shop.enrol("grete", "de")
    await shop.say("grete", "Ten % off.", benefit={"kind": "percent", "percent": 10, "code": "A-1"})
    await page.goto(f"{shop.url}{hers}")
    await expect(page.locator("#offers .until")).to_have_text(re.compile(r"Gültig bis \d\d:\d\d"))
    await expect(page.get_by_role("button", name="Benachrichtigen", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Keine Angebote mehr", exact=True).click()
    await page.get_by_role("button", name="Ja, keine Angebote mehr").click()
    await expect(page.locator("#stopped")).to_contain_text("keine Angebote mehr")


async def test_no_more_offers_is_asked_twice_and_done(shop: OwnPageShop, page: Page) -> None:
    await shop.say("anna", "Hello.")
    await expect(page.locator("#offers li")).to_have_count(1)
    await page.get_by_role("button", name="No more offers", exact=True).click()
    await page.get_by_role("button", name="Keep them").click()
    assert await shop.row("SELECT consents FROM visitors") == ('["offers"]',)
    await page.get_by_role("button", name="No more offers", exact=True).click()
    await page.get_by_role("button", name="Yes, no more offers").click()
    await expect(page.locator("#stopped")).to_be_visible()
    await expect(page.locator("#offers li")).to_have_count(0)
    await expect(page.get_by_role("button")).to_have_count(0)
    assert await shop.row("SELECT consents FROM visitors") == ("[]",)


async def test_the_button_subscribes_for_the_stores_key_and_takes_it_back(shop: OwnPageShop, page: Page) -> None:
    await page.get_by_role("button", name="Notify me", exact=True).click()
    await expect(page.get_by_role("button", name="Stop notifying me")).to_be_visible()
    asked = await page.evaluate("({...window.asked})")
    assert asked["userVisibleOnly"] is True
    assert asked["applicationServerKey"] == await page.evaluate("document.body.dataset.pushKey")
    assert await shop.row("SELECT visitor, endpoint FROM push_subscriptions") == (
        "anna",
        "http://127.0.0.1:9999/push/1",
    )
    await page.get_by_role("button", name="Stop notifying me").click()
    await expect(page.get_by_role("button", name="Notify me", exact=True)).to_be_visible()
    assert await shop.row("SELECT count(*) FROM push_subscriptions") == (0,)


async def test_a_push_is_shown_and_its_repeat_takes_its_place(shop: OwnPageShop, page: Page) -> None:
    said = await shop.say("anna", "Zehn % auf Käse.", channel="push")
    offer = OfferMessage.model_validate_json(said.body)
    await push(page, shop, push_message(offer, "Corner shop"))
    await push(page, shop, push_message(offer, "Corner shop"))
    assert await notifications(page) == [{"title": "Corner shop", "body": "Zehn % auf Käse."}]
    assert set(shop.receipts) <= {(said.key, "delivered"), (said.key, "seen")}
    assert shop.receipts


async def test_a_push_that_takes_the_offer_back_takes_its_place(shop: OwnPageShop, page: Page) -> None:
    said = await shop.say("anna", "Ten % off.", channel="push")
    offer = OfferMessage.model_validate_json(said.body)
    await push(page, shop, push_message(offer, "Corner shop"))
    await push(page, shop, push_message(over(offer), "Corner shop"))
    assert await notifications(page) == [{"title": "Corner shop", "body": "An offer was here for you; it is over now."}]


async def test_a_push_that_comes_too_late_offers_nothing(shop: OwnPageShop, page: Page) -> None:
    said = await shop.say("anna", "Ten % off.", channel="push", good_for=-5)
    await push(page, shop, push_message(OfferMessage.model_validate_json(said.body), "Corner shop"))
    assert await notifications(page) == [{"title": "Corner shop", "body": "An offer was here for you; it is over now."}]


WORKER_IS_READY = """
navigator.serviceWorker.ready.then(({ active }) => new Promise((ready) => {
  if (active.state === "activated") ready();
  else active.onstatechange = () => active.state === "activated" && ready();
}))
"""
SHOWN = """
navigator.serviceWorker.ready.then((one) => one.getNotifications())
  .then((shown) => shown.map(({ title, body, timestamp }) => ({ title, body, timestamp })))
"""


async def push(page: Page, shop: OwnPageShop, message: bytes) -> None:
    """Hand a decrypted push to the worker, as the browser does, and wait until it is shown."""
    await page.evaluate(WORKER_IS_READY)
    devtools = await page.context.new_cdp_session(page)
    registrations: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(
            one["registrationId"] for one in event["registrations"] if one["scopeURL"].startswith(shop.url)
        ),
    )
    await devtools.send("ServiceWorker.enable")
    before = {one["timestamp"] for one in await page.evaluate(SHOWN)}
    async with asyncio.timeout(40):
        while not registrations:
            await asyncio.sleep(0.02)
        for tick in itertools.count():
            if (
                tick % 150 == 0
            ):  # every three seconds: a browser that is starting its worker may drop one, and a repeat changes nothing
                await devtools.send(
                    "ServiceWorker.deliverPushMessage",
                    {"origin": shop.url, "registrationId": registrations[-1], "data": message.decode()},
                )
            if {one["timestamp"] for one in await page.evaluate(SHOWN)} - before:
                return
            await asyncio.sleep(0.02)


async def notifications(page: Page) -> list[dict[str, str]]:
    return [{"title": one["title"], "body": one["body"]} for one in await page.evaluate(SHOWN)]
