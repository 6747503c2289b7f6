// Where dots and their names are drawn, in pixels of the screen, so that none lies on another. No DOM in here.

const ROUNDS = 24;
const GOLDEN_ANGLE = 2.399963;

/**
 * Dots moved apart until they are `gap` pixels from each other and off the boxes (names of zones, scanners).
 * `dots` are {x, y}, `boxes` {left, top, right, bottom}, `bounds` one such box. Returns places in the same order.
 */
export function spread(dots, boxes, bounds, gap) {
  // Those in exactly one place start on a small spiral, the same one each time, so that nobody trembles.
  const places = dots.map(({ x, y }, index) => ({
    x: x + 0.01 * Math.cos(index * GOLDEN_ANGLE),
    y: y + 0.01 * Math.sin(index * GOLDEN_ANGLE),
  }));
  for (let round = 0; round < ROUNDS; round += 1) {
    const moved = pushApart(places, gap);
    for (const place of places) {
      for (const box of boxes) pushOut(place, box, gap / 2);
      place.x = clamp(place.x, bounds.left, bounds.right);
      place.y = clamp(place.y, bounds.top, bounds.bottom);
    }
    if (!moved) break;
  }
  return places;
}

function pushApart(places, gap) {
  let moved = false;
  for (let i = 0; i < places.length; i += 1) {
    for (let j = i + 1; j < places.length; j += 1) {
      const dx = places[j].x - places[i].x;
      const dy = places[j].y - places[i].y;
      const distance = Math.hypot(dx, dy) || 0.001;
      if (distance >= gap) continue;
      const push = (gap - distance) / 2 / distance;
      places[i].x -= dx * push;
      places[i].y -= dy * push;
      places[j].x += dx * push;
      places[j].y += dy * push;
      moved = true;
    }
  }
  return moved;
}

function pushOut(place, box, margin) {
  const left = place.x - (box.left - margin);
  const right = box.right + margin - place.x;
  const top = place.y - (box.top - margin);
  const bottom = box.bottom + margin - place.y;
  if (Math.min(left, right, top, bottom) <= 0) return;
  const least = Math.min(left, right, top, bottom);
  if (least === bottom) place.y += bottom;
  else if (least === top) place.y -= top;
  else if (least === right) place.x += right;
  else place.x -= left;
}

/** Names' corners relative to their dot, best first: right, left, below, above; the last two slide along a wall. */
const SIDES = [
  (w, h, r) => ({ x: r, y: -h / 2 }),
  (w, h, r) => ({ x: -r - w, y: -h / 2 }),
  (w, h, r) => ({ x: -w / 2, y: r - 2 }),
  (w, h, r) => ({ x: -w / 2, y: -r - h + 2 }),
];

const BELOW = 2;

/**
 * For each dot with its name's `width`, the side where the name is free of everything, or null where none is.
 * `before` are the sides of last time: a name stays on its side while that is free. Returns {side, x, y} relative to the dot.
 */
export function placeNames(places, widths, before, boxes, bounds, height, radius) {
  const taken = boxes.concat(places.map(({ x, y }) => around(x, y, radius)));
  return places.map((place, index) => {
    const sides = [0, 1, 2, 3].sort((a, b) => (b === before[index]) - (a === before[index]) || a - b);
    for (const side of sides) {
      const corner = SIDES[side](widths[index], height, radius + 3);
      if (side >= BELOW) corner.x = clamp(place.x + corner.x, bounds.left, bounds.right - widths[index]) - place.x;
      const left = place.x + corner.x;
      const top = place.y + corner.y;
      const box = { left, top, right: left + widths[index], bottom: top + height };
      const others = taken.filter((_, at) => at !== boxes.length + index);
      if (!within(box, bounds) || others.some((other) => overlap(box, other))) continue;
      taken.push(box);
      return { side, ...corner };
    }
    return null;
  });
}

function clamp(value, least, most) {
  return Math.max(least, Math.min(most, value));
}

function around(x, y, radius) {
  return { left: x - radius, top: y - radius, right: x + radius, bottom: y + radius };
}

function within(box, bounds) {
  return box.left >= bounds.left && box.right <= bounds.right && box.top >= bounds.top && box.bottom <= bounds.bottom;
}

function overlap(a, b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
