// The decisions feed, newest on top. While somebody reads further down or has a row open, news waits behind a button.
import { count, make, setText } from "./text.js";
import { timeAndDay } from "./time.js";

const MOST_ROWS = 300;
const EARLIER = 50;
/** What a row's sign says; of a withheld one the sentence says it. */
const SIGNS = {
  sent: "sent", withheld: "", ghost: "held out", waiting: "on its way", trouble: "not delivered",
};
const FATES = {
  sent: "handed over", delivered: "delivered", seen: "seen", failed: "it failed", expired: "it came too late",
  withdrawn: "taken back", skipped: "no way to her", unknown: "left, not confirmed",
};

const feed = document.getElementById("feed");
const scroll = document.getElementById("feed-scroll");
const news = document.getElementById("news");
const undecided = document.getElementById("undecided");
const earlier = document.getElementById("earlier");
const template = document.getElementById("row");

const rows = new Map(); // key: row
let waiting = []; // newest first, not shown yet
let reachedStart = false;

/** Decisions that are new or have changed, newest first. */
export function showDecisions(decisions) {
  for (const decision of decisions) if (rows.has(decision.key)) fill(rows.get(decision.key), decision);
  const known = new Set(decisions.map((decision) => decision.key));
  const fresh = decisions.filter((decision) => !rows.has(decision.key));
  const first = rows.size === 0;
  waiting = [...fresh, ...waiting.filter((decision) => !known.has(decision.key))].slice(0, MOST_ROWS);
  if (first || !isReading()) showWaiting();
  else showNews();
  undecided.hidden = rows.size > 0;
  earlier.hidden = reachedStart || rows.size === 0;
}

function showWaiting() {
  const atTop = scroll.scrollTop === 0;
  feed.prepend(...waiting.map(newRow));
  waiting = [];
  news.hidden = true;
  if (atTop) scroll.scrollTop = 0;
  trim();
}

function showNews() {
  news.hidden = waiting.length === 0;
  setText(news, `Show ${count(waiting.length, "new decision", "new decisions")}`);
}

/** Somebody has a row open, or has scrolled away from the newest one. */
function isReading() {
  if (feed.querySelector("details[open]")) return true;
  const scrolls = scroll.scrollHeight > scroll.clientHeight && getComputedStyle(scroll).overflowY === "auto";
  return scrolls ? scroll.scrollTop > 8 : feed.getBoundingClientRect().top < -8;
}

function trim() {
  while (feed.children.length > MOST_ROWS) {
    rows.delete(feed.lastElementChild.dataset.key);
    feed.lastElementChild.remove();
    reachedStart = false;
  }
}

function newRow(decision) {
  const row = template.content.firstElementChild.cloneNode(true);
  row.dataset.key = decision.key;
  rows.set(decision.key, row);
  fill(row, decision);
  row.firstElementChild.addEventListener("toggle", () => loadDetails(row));
  return row;
}

function fill(row, decision) {
  const part = (selector) => row.querySelector(selector);
  row.dataset.outcome = decision.outcome;
  const time = part("time");
  time.dateTime = new Date(decision.at * 1000).toISOString();
  setText(time, timeAndDay(decision.at));
  setText(part(".who"), decision.pseudonym);
  setText(part(".where"), decision.zone ? `in ${decision.zone}` : "");
  const sign = signOf(decision);
  part(".sign").dataset.sign = sign;
  part(".sign use").setAttribute("href", `#sign-${sign}`);
  setText(part(".sign .word"), SIGNS[sign]);
  fillSaid(part(".said"), decision);
  setText(part(".fate"), fateOf(decision));
}

function signOf({ outcome, delivery }) {
  if (delivery === "waiting" || delivery === "sending") return "waiting";
  return ["failed", "expired", "skipped"].includes(delivery) ? "trouble" : outcome;
}

function fillSaid(said, decision) {
  if (decision.outcome === "withheld" || !decision.text) setText(said, sentence(decision));
  else if (said.textContent !== decision.text) said.replaceChildren(make("q", {}, decision.text));
}

function sentence({ outcome, reason }) {
  return outcome !== "withheld" || reason.startsWith("silent") ? reason : `silent: ${reason}`;
}

function fateOf({ outcome, offer, channel, delivery }) {
  if (outcome === "withheld") return "";
  const fate = outcome === "ghost" ? "not sent, to compare with those who get it" : FATES[delivery];
  return [offer, channel && `by ${channel}`, fate].filter(Boolean).join(", ");
}

async function loadDetails(row) {
  if (!row.firstElementChild.open) {
    if (!isReading()) showWaiting();
    return;
  }
  const target = row.querySelector(".looked-at");
  if (!target.hasChildNodes()) target.replaceChildren(make("p", { class: "when" }, "Looking it up …"));
  const failed = () => target.replaceChildren(make("p", {}, "This could not be loaded. Close the row and open it again."));
  row.addEventListener("htmx:error", failed, { once: true });
  await window.htmx.ajax("GET", `/decisions/${encodeURIComponent(row.dataset.key)}`, { target, source: target, swap: "innerHTML" });
  row.removeEventListener("htmx:error", failed);
}

async function loadEarlier() {
  earlier.disabled = true;
  try {
    const before = feed.lastElementChild.dataset.key;
    const answer = await fetch(`/api/decisions?limit=${EARLIER}&before=${encodeURIComponent(before)}`);
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const older = (await answer.json()).filter((decision) => !rows.has(decision.key));
    reachedStart = older.length === 0;
    feed.append(...older.map(newRow));
    setText(earlier, "Show earlier decisions");
  } catch {
    setText(earlier, "Earlier decisions could not be loaded. Try again");
  }
  earlier.disabled = false;
  earlier.hidden = reachedStart;
}

news.addEventListener("click", () => {
  for (const open of feed.querySelectorAll("details[open]")) open.open = false;
  showWaiting();
  scroll.scrollTop = 0;
  if (feed.getBoundingClientRect().top < 0) feed.scrollIntoView({ block: "start" });
});
scroll.addEventListener("scroll", () => {
  if (waiting.length && !isReading()) showWaiting();
});
earlier.addEventListener("click", loadEarlier);
