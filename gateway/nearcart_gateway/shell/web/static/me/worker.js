// Shows pushed offers. Its scope is her page, so it knows where that is without being told.
self.addEventListener("push", (event) => {
  const offer = event.data.json();
  const late = offer.expires_at * 1000 <= Date.now();
  const options = {
    body: late ? offer.over : offer.text,
    lang: late ? offer.over_language : offer.language,
    tag: offer.name, // a repeat takes the place of the one before, without a sound
    icon: "/static/icon.svg",
    data: { name: offer.name },
  };
  event.waitUntil(show(offer, options, late));
});

async function show(offer, options, late) {
  await self.registration.showNotification(offer.title, options);
  if (late) return;
  const body = JSON.stringify({ names: [offer.name], state: "delivered" });
  await fetch(`${self.registration.scope}/seen`, { method: "POST", body }).catch(() => {}); // a receipt is no promise
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open());
});

/** Her page: the one that is open, else a new one. */
async function open() {
  const [page] = await self.clients.matchAll({ type: "window" });
  return page ? page.focus() : self.clients.openWindow(self.registration.scope);
}
