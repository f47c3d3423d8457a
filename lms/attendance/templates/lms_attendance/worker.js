// Keeps one page and its files on the phone. With network the page comes fresh; without, or when the answer takes too
// long, or when the person is signed out, the copy opens. Nothing else of the site is touched.
const PLACE = {{ place|safe }};
const KEPT = `lms-${PLACE.page}-${PLACE.version}`;
const PATIENCE = 3000;

self.addEventListener("install", (event) => {
  event.waitUntil(keep().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOlder().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && address.pathname === PLACE.page) event.respondWith(page(event));
  else if (PLACE.files.includes(address.pathname)) event.respondWith(file(event.request, address.pathname));
});

async function keep() {
  const cache = await caches.open(KEPT);
  await cache.addAll(PLACE.files.map((address) => new Request(address, { cache: "reload" })));
  const answer = await fetch(PLACE.page, { credentials: "same-origin", redirect: "manual" });
  if (answer.ok) await cache.put(PLACE.page, answer);
}

async function forgetOlder() {
  const own = `lms-${PLACE.page}-`;
  const kept = await caches.open(KEPT);
  for (const name of await caches.keys()) {
    if (!name.startsWith(own) || name === KEPT) continue;
    const older = await (await caches.open(name)).match(PLACE.page);
    if (older && !(await kept.match(PLACE.page))) await kept.put(PLACE.page, older);
    await caches.delete(name);
  }
}

async function page(event) {
  const cache = await caches.open(KEPT);
  const fresh = fetch(event.request).then(
    async (answer) => {
      if (answer.ok && answer.type === "basic" && !answer.redirected) await cache.put(PLACE.page, answer.clone());
      return answer;
    },
    () => null,
  );
  event.waitUntil(fresh);
  const first = await Promise.race([fresh, new Promise((resolve) => setTimeout(resolve, PATIENCE, null))]);
  if (first?.ok) return first;
  return (await cache.match(PLACE.page)) ?? first ?? (await fresh) ?? Response.error();
}

async function file(request, address) {
  const cache = await caches.open(KEPT);
  return (await cache.match(address)) ?? fetch(request);
}
