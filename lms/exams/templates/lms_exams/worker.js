// Opens the exam room without network, on the device where it was open before, and nothing else of the site.
const FILES = "lms-exam-room";
const OWN = self.location.pathname;
const PLACE = OWN.slice(0, OWN.lastIndexOf("/") + 1);
const PATIENCE = 8000;
const KINDS = ["script", "style", "image", "font", "manifest"];
const HEADERS = ["content-security-policy", "permissions-policy", "referrer-policy", "x-frame-options"];

self.addEventListener("install", (event) => event.waitUntil(prepare()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// The own script is kept for its headers: the kept page is opened under the same policy.
async function prepare() {
  await (await caches.open(FILES)).add(new Request(OWN, { cache: "reload" }));
  await self.skipWaiting();
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  const room = address.pathname.startsWith(PLACE) && /^(\d+)\/$/.exec(address.pathname.slice(PLACE.length));
  if (request.mode === "navigate" && room) event.respondWith(page(request, Number(room[1])));
  else if (KINDS.includes(request.destination)) event.respondWith(file(request));
});

async function page(request, sitting) {
  const fresh = fetch(request).catch(() => null);
  const first = await Promise.race([fresh, new Promise((resolve) => setTimeout(resolve, PATIENCE, null))]);
  if (first && first.status < 500) return first;
  return (await keptPage(sitting).catch(() => null)) ?? first ?? (await fresh) ?? Response.error();
}

async function keptPage(sitting) {
  const database = await done(indexedDB.open("lms-exams"));
  try {
    if (!database.objectStoreNames.contains("pages")) return null;
    const stores = database.transaction(["pages", "keys"]);
    const found = [done(stores.objectStore("pages").get(sitting)), done(stores.objectStore("keys").get(sitting))];
    const [row, held] = await Promise.all(found);
    if (!row || !held) return null;
    const how = { name: "AES-GCM", iv: row.iv, additionalData: new TextEncoder().encode(`page ${sitting}`) };
    const html = await crypto.subtle.decrypt(how, held.key, row.data);
    return new Response(html, { headers: await headers() });
  } finally {
    database.close();
  }
}

async function headers() {
  const own = await (await caches.open(FILES)).match(OWN);
  const kept = HEADERS.filter((name) => own?.headers.has(name)).map((name) => [name, own.headers.get(name)]);
  return { ...Object.fromEntries(kept), "content-type": "text/html; charset=utf-8", "cache-control": "no-store" };
}

// Fresh while there is network; the cache of the room page otherwise.
async function file(request) {
  try {
    return await fetch(request);
  } catch (problem) {
    const kept = await caches.match(request, { cacheName: FILES, ignoreVary: true });
    if (kept) return kept;
    throw problem;
  }
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
