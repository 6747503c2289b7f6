// A visitor's own page: her offers as they come, and her two choices. What the store says is put in as text, never as HTML.
import { make, setText } from "../text.js";
import { canPush, pushSetUp } from "./push.js";
import { words } from "./words.js";

const path = document.body.dataset.path;
const list = document.getElementById("offers");
const line = document.getElementById("line");
const AGAIN_MS = 5000;

let offers = [];
let events = null;
let lost = 0; // when the connection was lost, in milliseconds
const said = new Set(); // names of offers that the store knows to be before her
let ahead = 0; // seconds by which the store's clock is ahead of this device's

/** What the store says of her offers now. */
function take({ now, agrees, offers: latest }) {
  ahead = now - Date.now() / 1000;
  offers = latest;
  show(agrees);
}

function show(agrees = true) {
  const now = Date.now() / 1000 + ahead;
  const good = offers.filter((offer) => offer.expires_at > now);
  const names = new Set(good.map((offer) => offer.name));
  for (const item of [...list.children]) if (!names.has(item.dataset.name)) item.remove();
  const known = new Set([...list.children].map((item) => item.dataset.name));
  list.prepend(...good.filter((offer) => !known.has(offer.name)).map(newItem));
  document.getElementById("empty").hidden = !agrees || good.length > 0;
  document.getElementById("stopped").hidden = agrees;
  document.getElementById("choices").hidden = !agrees;
  saySeen();
}

function newItem(offer) {
  const item = make("li", { "data-name": offer.name, lang: offer.language });
  item.append(make("p", { class: "text" }, offer.text));
  if (offer.code) item.append(make("p", { class: "code", "aria-label": words("code"), lang: words("language") }, offer.code));
  item.append(make("p", { class: "until", lang: words("language") }, words("until", { time: offer.until })));
  return item;
}

/** Tell the store which offers she has before her. */
function saySeen() {
  const names = [...list.children].map((item) => item.dataset.name).filter((name) => !said.has(name));
  for (const name of names) said.add(name);
  if (names.length) send("POST", "seen", { names }).catch(() => names.forEach((name) => said.delete(name)));
}

async function send(method, what, body) {
  const answer = await fetch(`${path}/${what}`, { method, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).detail ?? words("no_answer"));
}

function say(text) {
  setText(line, text);
  line.hidden = !text;
}

/** Listen while she looks: a tab behind others has nobody before it, and the store then tries another way. */
function listen() {
  if (document.visibilityState === "hidden" || (events && events.readyState !== EventSource.CLOSED)) return;
  events = new EventSource(`${path}/events`);
  events.addEventListener("offers", (event) => take(JSON.parse(event.data)));
  events.onopen = () => { lost = 0; say(""); };
  events.onerror = () => {
    lost ||= Date.now();
    say(words("lost", { time: new Date(lost).toTimeString().slice(0, 5) }));
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN_MS); // refused: pages were full
  };
}

const ask = document.getElementById("stop");
const sure = document.getElementById("stop-sure");
const sureAbout = (asking) => { sure.hidden = !asking; ask.hidden = asking; };
ask.onclick = () => { sureAbout(true); document.getElementById("stop-yes").focus(); };
document.getElementById("stop-no").onclick = () => { sureAbout(false); ask.focus(); };
document.getElementById("stop-yes").onclick = async () => {
  try {
    await send("POST", "stop");
    take({ now: Date.now() / 1000 + ahead, agrees: false, offers: [] });
  } catch (error) {
    say(error.message);
  }
};

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") events?.close();
  else listen();
});
setInterval(() => show(document.getElementById("stopped").hidden), 1000);
listen();
if (canPush()) pushSetUp(path, send, say);
