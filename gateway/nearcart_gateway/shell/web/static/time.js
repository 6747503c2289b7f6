// The store's clock and its times, whatever the clock and the time zone of the device that shows them.
const timeZone = document.body.dataset.timeZone;

const clockFormat = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dayFormat = new Intl.DateTimeFormat("en-GB", { timeZone, day: "numeric", month: "short" });

let ahead = null; // seconds by which the store's clock is ahead of this device's steady one

export function setStoreClock(now) {
  ahead = now - performance.now() / 1000;
}

/** The store's time now in Unix seconds, or null before it is known. */
export function storeNow() {
  return ahead === null ? null : ahead + performance.now() / 1000;
}

export function timeOfDay(at) {
  return clockFormat.format(at * 1000);
}

/** Time of day, below the day when that is not the store's today. */
export function timeAndDay(at) {
  const now = storeNow();
  const day = dayFormat.format(at * 1000);
  return now === null || dayFormat.format(now * 1000) === day ? timeOfDay(at) : `${day}\n${timeOfDay(at)}`;
}

/** The store's time of a moment on this device's wall clock (milliseconds). */
export function storeTimeOf(milliseconds) {
  return (storeNow() ?? Date.now() / 1000) - (Date.now() - milliseconds) / 1000;
}

/** "8 s", "3 min", "2 h". */
export function span(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  return `${Math.floor(whole / 3600)} h`;
}
