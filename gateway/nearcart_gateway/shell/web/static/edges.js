// The edges: alive or not, how loud their air is, what they still hold.
import { count, setText } from "./text.js";
import { span, storeNow, timeOfDay } from "./time.js";
import { markScanners } from "./plan.js";

const SPARK_SECONDS = 60;
const QUIETEST = -100; // dBm at the bottom of the spark line
const LOUDEST = -30; // dBm at its top
const WIDTH = 240;
const HEIGHT = 36;

const list = document.getElementById("edges");
const fold = document.getElementById("edges-fold");
const foldWord = document.getElementById("edges-word");
const template = document.getElementById("edge");
const wide = matchMedia("(min-width: 900px)");

const shown = new Map(); // name: element
let latest = [];

export function showEdges(edges) {
  latest = edges;
  for (const [name, element] of shown) {
    if (!edges.some((edge) => edge.name === name)) {
      element.remove();
      shown.delete(name);
    }
  }
  edges.forEach(showEdge);
  const gone = edges.filter((edge) => !edge.online).length;
  const all = count(edges.length, "edge", "edges");
  setText(foldWord, gone ? `${gone} of ${all} not connected` : `${all}, all connected`);
  markScanners(new Set(edges.filter((edge) => !edge.online).map((edge) => edge.name)));
}

function showEdge(edge) {
  let element = shown.get(edge.name);
  if (!element) {
    element = template.content.firstElementChild.cloneNode(true);
    shown.set(edge.name, element);
    list.append(element);
  }
  const part = (selector) => element.querySelector(selector);
  element.dataset.state = stateOf(edge);
  setText(part(".name"), edge.name);
  setText(part(".state .word"), heard(edge));
  drawSpark(part(".spark"), edge);
  setText(part(".loudest"), loudest(edge));
  setText(part(".counts"), counts(edge));
  const problem = part(".problem");
  const sentence = problemOf(edge);
  problem.hidden = !sentence;
  part(".level").hidden = Boolean(sentence);
  setText(problem, sentence);
}

function stateOf(edge) {
  if (!edge.online) return edge.last_heard_at === null ? "waiting" : "trouble";
  return problemOf(edge) ? "trouble" : "ok";
}

function problemOf(edge) {
  if (edge.problem) return edge.problem;
  if (edge.last_heard_at === null) return "Start its agent, on its own machine: nearcart edge run";
  if (!edge.online) return "Check its power and network; it goes on by itself.";
  return "";
}

function heard(edge) {
  if (edge.last_heard_at === null) return "never heard";
  const now = storeNow() ?? edge.last_heard_at;
  const ago = Math.max(0, now - edge.last_heard_at);
  if (edge.online) return `heard ${ago < 1.5 ? "now" : `${span(ago)} ago`}`;
  return `gone since ${timeOfDay(edge.last_heard_at)}`;
}

function loudest(edge) {
  const now = storeNow();
  const last = edge.spark.at(-1);
  if (!last || (now !== null && now - last[0] > 10)) return "nobody in range";
  return `loudest tag ${last[1]} dBm`.replace("-", "−");
}

function counts(edge) {
  if (edge.outbox_waiting) return `${edge.outbox_waiting.toLocaleString("en")} waiting to be sent`;
  // No trouble: the gateway corrects for it. Yet an operator who looks for the cause of something wants to know.
  if (edge.clock === "unsynchronised") return "clock not synchronised (NTP)";
  if (edge.adverts_heard === null) return "";
  return `${edge.adverts_heard.toLocaleString("en")} packets heard`;
}

function drawSpark(svg, edge) {
  const now = Math.floor(storeNow() ?? edge.spark.at(-1)?.[0] ?? 0);
  const points = edge.spark.filter(([second]) => now - second < SPARK_SECONDS);
  svg.querySelector(".line").setAttribute("d", points.map((point, index) => step(point, points[index - 1], now)).join(""));
  const range = points.length ? `between ${Math.min(...points.map((p) => p[1]))} and ${Math.max(...points.map((p) => p[1]))} dBm` : "nothing";
  setText(svg.querySelector("title"), `${edge.name}: loudest tag of each second of the last minute, ${range}`);
}

/** One step of the line; it is broken where nothing was heard for more than three seconds. */
function step([second, rssi], before, now) {
  const x = WIDTH - ((now - second) / (SPARK_SECONDS - 1)) * WIDTH;
  const share = (Math.min(LOUDEST, Math.max(QUIETEST, rssi)) - QUIETEST) / (LOUDEST - QUIETEST);
  const y = HEIGHT - 2 - share * (HEIGHT - 4);
  const broken = before === undefined || second - before[0] > 3;
  return broken ? `M${x.toFixed(1)} ${y.toFixed(1)}h.1` : `L${x.toFixed(1)} ${y.toFixed(1)}`;
}

function unfold() {
  fold.open = wide.matches;
}

fold.querySelector("summary").addEventListener("click", (event) => {
  if (wide.matches) event.preventDefault();
});
wide.addEventListener("change", unfold);
unfold();
setInterval(() => {
  if (storeNow() !== null && latest.length && !document.body.classList.contains("stale")) showEdges(latest);
}, 1_000);
