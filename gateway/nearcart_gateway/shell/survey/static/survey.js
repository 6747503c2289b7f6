// Taps on the plan become taps of the walk; what the server says of them is drawn.
const plan = document.getElementById("plan");
const now = document.getElementById("now");
const sum = document.getElementById("sum");
const undo = document.getElementById("undo");
const finish = document.getElementById("finish");
const SVG = "http://www.w3.org/2000/svg";
let over = false;
let drawn = 0;

function place(event) {
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(plan.getScreenCTM().inverse());
  return { x: point.x, y: point.y };
}

function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

function draw(walk) {
  if (walk.changes < drawn) return; // an older answer that was longer on its way
  drawn = walk.changes;
  const taps = document.getElementById("taps");
  taps.replaceChildren();
  walk.taps.forEach((tap, number) => {
    const dot = document.createElementNS(SVG, "circle");
    dot.setAttribute("cx", tap.x);
    dot.setAttribute("cy", tap.y);
    dot.setAttribute("r", 0.22);
    dot.setAttribute("class", number === walk.taps.length - 1 ? "last" : "tap");
    taps.append(dot);
  });
  document.getElementById("way").setAttribute("points", walk.taps.map((tap) => `${tap.x},${tap.y}`).join(" "));
  const many = walk.taps.length;
  undo.disabled = many === 0;
  finish.disabled = many < 2;
  sum.textContent = many === 0 ? "No tap yet." : `${many} ${many === 1 ? "tap" : "taps"}, ${walk.metres} m in ${clock(walk.seconds)}.`;
  now.textContent = many === 0 ? "Carry the tag. Tap the plan where you stand." : "Walk straight to the next spot, and tap when you are there.";
  now.className = "";
}

async function ask(method, path, body) {
  try {
    const answer = await fetch(path, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body ? JSON.stringify(body) : undefined,
    });
    if (!answer.ok) throw new Error(answer.status === 422 ? "That is not on the floor." : "The survey is over.");
    return await answer.json();
  } catch (error) {
    now.textContent = error instanceof TypeError
      ? "That tap did not arrive: the connection is lost. Stand still, and tap again."
      : error.message;
    now.className = "trouble";
    return null;
  }
}

async function change(method, path, body) {
  if (over) return;
  const walk = await ask(method, path, body);
  if (walk !== null) draw(walk);
}

plan.addEventListener("click", (event) => change("POST", "taps", place(event)));
undo.addEventListener("click", () => change("DELETE", "taps/last"));
finish.addEventListener("click", async () => {
  const walk = await ask("POST", "finish");
  if (walk === null) return;
  over = true;
  undo.disabled = finish.disabled = true;
  now.textContent = "Done. The terminal says how to calibrate with this walk.";
});
change("GET", "taps");
