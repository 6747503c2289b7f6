// The bar: is the gateway well, is this page connected, what time is it in the store.
import { count, make, setText } from "./text.js";
import { span, storeNow, storeTimeOf, timeOfDay } from "./time.js";

const health = document.getElementById("health");
const word = document.getElementById("health-word");
const sheet = document.getElementById("health-sheet");
const clock = document.getElementById("clock");

let latest = null;
let lostSince = null;

export function showClock() {
  const now = storeNow();
  if (now !== null) setText(clock, timeOfDay(now));
}

export function showHealth(view) {
  latest = view;
  show();
}

/** Milliseconds of this device's clock when the line was last heard, or null while it is. */
export function showConnection(since) {
  if (since !== null && lostSince !== null) return;
  if (since === lostSince) return;
  lostSince = since;
  document.body.classList.toggle("stale", since !== null);
  show();
}

function show() {
  if (lostSince !== null) {
    const since = timeOfDay(storeTimeOf(lostSince));
    say("trouble", `no connection since ${since}, trying again`, [
      "This page can't reach the gateway, and tries again by itself. What it shows is what it last heard.",
      "If this lasts, see whether the gateway runs: nearcart gateway run --config store.yaml",
    ]);
  } else if (latest !== null && latest.state !== "ok") {
    const problems = latest.problems.length ? latest.problems : ["Something is wrong, and the gateway's log says what."];
    say("trouble", count(problems.length, "thing needs you", "things need you"), problems);
  } else if (latest !== null) {
    const offers = latest.offers_revision ? ` Offers are at revision ${latest.offers_revision}.` : " No offers are loaded yet.";
    say("ok", "all is well", [`Broker, database and offers are well; the gateway has run for ${span(latest.uptime)}.${offers}`]);
  }
}

function say(state, text, sentences) {
  health.dataset.state = state;
  setText(word, text);
  if (sheet.textContent !== sentences.join("")) sheet.replaceChildren(...sentences.map((sentence) => make("p", {}, sentence)));
}

document.addEventListener("click", (event) => {
  if (!health.contains(event.target)) health.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") health.open = false;
});
