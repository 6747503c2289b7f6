// The button by which her browser takes pushes. Browsers allow it only where the page came with a certificate.
import { words as text } from "./words.js";

const key = document.body.dataset.pushKey;
const box = document.getElementById("push");
const button = document.getElementById("push-button");
const words = document.getElementById("push-words");
const no = document.getElementById("push-no");

/** Whether to offer it. Says why not, where there is something she can do. */
export function canPush() {
  if (!key || !window.isSecureContext) return false;
  if ("serviceWorker" in navigator && "PushManager" in window) return true;
  no.textContent = text("push_home");
  no.hidden = false;
  return false;
}

/** Show the button as things stand, and let it work. */
export async function pushSetUp(path, send, say) {
  try {
    const worker = await navigator.serviceWorker.register("/me/worker.js", { scope: path });
    let browser = await worker.pushManager.getSubscription();
    draw(browser);
    button.onclick = async () => {
      button.disabled = true;
      try {
        browser = browser ? await stop(browser, send) : await start(worker, send);
        say("");
      } catch (error) {
        say(error.name === "NotAllowedError" ? text("push_blocked") : error.message);
      }
      button.disabled = false;
      draw(browser);
    };
    if (browser) await send("PUT", "subscription", browser); // the store may have forgotten it
  } catch (error) {
    say(error.message);
  }
}

async function start(worker, send) {
  const browser = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  await send("PUT", "subscription", browser);
  return browser;
}

async function stop(browser, send) {
  await send("DELETE", "subscription", { endpoint: browser.endpoint });
  await browser.unsubscribe();
  return null;
}

function draw(browser) {
  box.hidden = false;
  words.textContent = text(browser ? "push_on" : "push_offer");
  button.textContent = text(browser ? "notify_stop" : "notify");
}
