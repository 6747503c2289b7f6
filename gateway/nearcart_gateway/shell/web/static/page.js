// The floor page: one stream of events in, four parts of the page out.
import { showClock, showConnection, showHealth } from "./bar.js";
import { showDecisions } from "./feed.js";
import { showEdges } from "./edges.js";
import { showFloor, showPeople } from "./plan.js";
import { setStoreClock } from "./time.js";

const SILENT_AFTER_MS = 12_000;
const RETRY_MS = 2_000;

let source;
let lastHeard = Date.now();
let drawn;

function connect() {
  source?.close();
  source = new EventSource("/events");
  on("floor", (floor, text) => {
    // Another floor than the one on this page: the store file changed while the gateway was away.
    if (drawn !== undefined && drawn !== text) location.reload();
    drawn = text;
    showFloor(floor);
  });
  on("people", showPeople);
  on("decisions", showDecisions);
  on("edges", showEdges);
  on("health", (health) => {
    setStoreClock(health.now);
    showHealth(health);
  });
  on("clock", ({ now }) => setStoreClock(now));
  source.onerror = lost;
}

function on(name, show) {
  source.addEventListener(name, (event) => {
    lastHeard = Date.now();
    showConnection(null);
    show(JSON.parse(event.data), event.data);
  });
}

function lost() {
  showConnection(lastHeard);
  // The browser retries a line that broke, but gives up on one that was refused (a gateway that is starting).
  if (source.readyState === EventSource.CLOSED) setTimeout(connect, RETRY_MS);
}

function watch() {
  if (Date.now() - lastHeard > SILENT_AFTER_MS && source.readyState === EventSource.OPEN) {
    showConnection(lastHeard);
    connect();
  }
}

connect();
setInterval(watch, 1_000);
setInterval(showClock, 200);
