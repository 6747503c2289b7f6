"""The survey's page in a browser, as a surveyor uses it."""

from playwright.async_api import Page


async def seen(page: Page) -> None:
    """Until it is drawn: nobody taps what she does not see, and a browser passes over clicks before that."""
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


async def tap(page: Page, x: float, y: float) -> None:
    """Metres on the floor; the plan is drawn as large as fits."""
    at = await page.evaluate(
        """([x, y]) => { const p = new DOMPoint(x, y).matrixTransform(document.getElementById("plan").getScreenCTM());
        return [p.x, p.y]; }""",
        [x, y],
    )
    await page.mouse.click(*at)
