// The floor plan: people as dots, each with a disc as wide as its position may be wrong.
import { placeNames, spread } from "./spread.js";
import { count, list, makeSvg, setText } from "./text.js";
import { span, storeNow } from "./time.js";

const CENTIMETRES = 100; // units of the drawing in a metre
const DOT_RADIUS = 9; // px
const DOT_GAP = 20; // px between the middles of two dots
const NAME_HEIGHT = 16; // px
const RULER_LENGTHS = [1, 2, 5, 10, 20, 50, 100]; // metres
const RULER_ROOM = 100; // px
const CART_WORDS = { open: "an open cart", abandoned: "an abandoned cart", none: "no cart" };

const plan = document.getElementById("plan");
const layer = document.getElementById("people");
const discs = document.getElementById("discs");
const nobody = document.getElementById("nobody");
const marks = document.getElementById("marks");
const unplaced = document.getElementById("unplaced");
const description = document.getElementById("plan-text");

const dots = new Map(); // id: {group, disc, name, use, side, width}
let floor = null;
let people = [];
let unit = 2; // units of the drawing in a pixel
let fixed = []; // boxes in px that dots and names keep off: names of zones and scanners

export function showFloor(view) {
  floor = view;
  measure();
}

export function showPeople(view) {
  people = [...view].sort((a, b) => (a.id < b.id ? -1 : 1));
  if (floor) draw();
}

/** Cross out the scanners of the edges that are gone. */
export function markScanners(goneEdges) {
  for (const scanner of plan.querySelectorAll(".scanner")) {
    scanner.classList.toggle("gone", goneEdges.has(scanner.dataset.edge));
  }
}

function measure() {
  const matrix = plan.getScreenCTM();
  if (!matrix || !matrix.a) return;
  unit = 1 / matrix.a;
  plan.style.setProperty("--unit", unit);
  plan.querySelectorAll(".zone-name").forEach(fitZoneName);
  fixed = [...plan.querySelectorAll(".zone-name, .scanner .reach")].map(boxOf);
  for (const dot of dots.values()) dot.width = dot.name.getComputedTextLength();
  showRuler();
  if (floor) draw();
}

/** A zone's name, wrapped between words to the room it has; a word that is too long even so ends in "…". */
function fitZoneName(text) {
  const whole = (text.dataset.whole ??= text.textContent);
  const room = Math.max(text.dataset.room / unit, 16);
  const fits = (words) => {
    text.textContent = words;
    return text.getComputedTextLength() <= room;
  };
  const lines = [];
  for (const word of whole.split(" ")) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && fits(longer)) lines[lines.length - 1] = longer;
    else lines.push(fits(word) ? word : cut(word, fits));
  }
  text.replaceChildren(
    ...lines.map((line, index) => {
      const span = makeSvg("tspan", { x: 0, dy: index ? "1.2em" : "0.85em" });
      span.textContent = line;
      return span;
    }),
    titled(whole),
  );
}

function cut(word, fits) {
  let kept = word.length - 1;
  while (kept > 1 && !fits(`${word.slice(0, kept)}…`)) kept -= 1;
  return `${word.slice(0, kept)}…`;
}

function titled(words) {
  const title = makeSvg("title");
  title.textContent = words;
  return title;
}

function boxOf(element) {
  const box = element.getBoundingClientRect();
  const origin = plan.getScreenCTM();
  const [left, top] = [box.left - origin.e, box.top - origin.f];
  return { left, top, right: left + box.width, bottom: top + box.height };
}

function showRuler() {
  const metre = CENTIMETRES / unit;
  const length = RULER_LENGTHS.filter((metres) => metres * metre <= RULER_ROOM).at(-1) ?? 1;
  const width = length * metre;
  const ruler = document.querySelector(".ruler");
  ruler.style.width = `${width + 1}px`;
  ruler.firstElementChild.setAttribute("d", `M.5 0v6M.5 3h${width}M${width + 0.5} 0v6`);
  setText(document.getElementById("ruler-length"), `${length} m`);
}

function draw() {
  const placed = people.map((person) => ({ person, at: placeOf(person) })).filter(({ at }) => at !== null);
  const bounds = inset(floorBox(), DOT_RADIUS + 2);
  const places = spread(placed.map(({ at }) => ({ x: at.x / unit, y: at.y / unit })), fixed, bounds, DOT_GAP);
  placed.forEach(({ person, at }, index) => move(dotOf(person), person, at, places[index]));
  name(placed.map(({ person }) => dots.get(person.id)), places);
  removeAllBut(new Set(placed.map(({ person }) => person.id)));
  describe(placed.length);
}

/** Where somebody stands, in units of the drawing: where the locator says, else in her zone, else null. */
function placeOf(person) {
  if (person.x !== null && person.y !== null) return { x: person.x * CENTIMETRES, y: person.y * CENTIMETRES };
  const scanner = floor.scanners.find((candidate) => candidate.zone === person.zone);
  return scanner ? { x: scanner.x * CENTIMETRES, y: scanner.y * CENTIMETRES } : null;
}

function floorBox() {
  const [left, top] = [(floor.left * CENTIMETRES) / unit, (floor.top * CENTIMETRES) / unit];
  return { left, top, right: left + (floor.width * CENTIMETRES) / unit, bottom: top + (floor.height * CENTIMETRES) / unit };
}

function inset(box, by) {
  return { left: box.left + by, top: box.top + by, right: box.right - by, bottom: box.bottom - by };
}

function dotOf(person) {
  const known = dots.get(person.id);
  if (known) return known;
  const group = makeSvg("g", { class: "person entering", "data-id": person.id });
  const inner = group.appendChild(makeSvg("g", { class: "px" }));
  const title = inner.appendChild(makeSvg("title"));
  const use = inner.appendChild(makeSvg("use", { x: -10, y: -10, width: 20, height: 20 }));
  const name = inner.appendChild(makeSvg("text"));
  const disc = makeSvg("circle", { class: "disc entering", r: 0 });
  const dot = { group, disc, name, use, title, side: undefined, width: 0, fresh: true };
  dots.set(person.id, dot);
  return dot;
}

function move(dot, person, at, place) {
  const mark = person.staff ? "staff" : person.cart;
  dot.group.dataset.mark = dot.disc.dataset.mark = mark;
  dot.use.setAttribute("href", `#glyph-${mark}`);
  dot.group.style.transform = `translate(${place.x * unit}px, ${place.y * unit}px)`;
  dot.disc.style.transform = `translate(${at.x}px, ${at.y}px)`;
  dot.disc.setAttribute("r", person.x === null ? 0 : (person.error ?? 0) * CENTIMETRES);
  setText(dot.title, sentence(person));
  if (dot.name.textContent !== person.pseudonym) {
    dot.name.textContent = person.pseudonym;
    dot.width = 0;
  }
  if (dot.fresh) appear(dot);
  dot.width ||= dot.name.getComputedTextLength();
}

function appear(dot) {
  dot.fresh = false;
  discs.append(dot.disc);
  layer.append(dot.group);
  // The place is taken before the fade starts, so that nobody flies in from the corner.
  requestAnimationFrame(() => {
    dot.group.classList.remove("entering");
    dot.disc.classList.remove("entering");
  });
}

function name(drawn, places) {
  const names = placeNames(
    places, drawn.map((dot) => dot.width), drawn.map((dot) => dot.side), fixed, inset(floorBox(), 3), NAME_HEIGHT, DOT_RADIUS,
  );
  names.forEach((found, index) => {
    const dot = drawn[index];
    dot.name.classList.toggle("crowded", found === null);
    dot.side = found?.side;
    const corner = found ?? { x: DOT_RADIUS + 3, y: -NAME_HEIGHT / 2 };
    dot.name.setAttribute("x", corner.x);
    dot.name.setAttribute("y", corner.y + NAME_HEIGHT - 4);
  });
}

function removeAllBut(ids) {
  for (const [id, dot] of dots) {
    if (ids.has(id)) continue;
    dot.group.remove();
    dot.disc.remove();
    dots.delete(id);
  }
}

function describe(placed) {
  nobody.hidden = people.length > 0;
  marks.hidden = people.length === 0;
  const missing = people.length - placed;
  unplaced.hidden = missing === 0;
  setText(unplaced, `${count(missing, "more person is", "more people are")} somewhere in the store`);
  for (const counter of document.querySelectorAll("[data-count]")) {
    const mark = counter.dataset.count;
    setText(counter, String(people.filter((person) => (person.staff ? "staff" : person.cart) === mark).length));
  }
  const who = people.length ? `${count(people.length, "person", "people")} in the store: ${list(people.map(standing))}.` : "No one is here yet.";
  setText(description, who);
}

function standing(person) {
  const zone = floor.zones.find((candidate) => candidate.id === person.zone);
  const has = person.staff ? "of the staff" : `with ${CART_WORDS[person.cart]}`;
  return `${person.pseudonym}, ${zone ? `in ${zone.name}, ` : ""}${has}`;
}

function sentence(person) {
  const now = storeNow();
  const since = now === null || !person.zone ? "" : `, here for ${span(now - person.since)}`;
  const within = person.error === null || person.x === null ? "" : `, to within ${person.error.toFixed(1)} m`;
  return `${standing(person)}${since}${within}`;
}

new ResizeObserver(measure).observe(plan);
document.fonts?.ready.then(measure);
