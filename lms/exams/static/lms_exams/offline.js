// Keeps the room page and its files on this device, so that a reload without network shows the room again: the page
// encrypted in the journal, the files in a cache of their own. Both go after handing in.
import { FILES } from "./journal.js";

export async function keepRoom(journal, page, worker) {
  if (!journal || !("serviceWorker" in navigator) || !("caches" in window)) return;
  try {
    await navigator.serviceWorker.register(worker);
    await journal.keepPage(`<!doctype html>\n${page}`);
    const cache = await caches.open(FILES);
    for (const address of filesOfPage()) {
      if (!(await cache.match(address))) await cache.add(address);
    }
    document.documentElement.dataset.roomKept = "1";
  } catch {
    // The network went meanwhile, or this browser keeps nothing: the next visit tries again.
  }
}

// Everything the page has loaded from the site's static files: what its tags name and what its modules import.
function filesOfPage() {
  const tags = [...document.querySelectorAll("link[href], script[src], img[src]")].map((tag) => tag.href || tag.src);
  const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
  const own = new URL(import.meta.url);
  const folder = own.pathname.slice(0, own.pathname.lastIndexOf("lms_exams/"));
  const files = new Set();
  for (const address of [...tags, ...loaded]) {
    const place = new URL(address, location.href);
    if (place.origin === own.origin && place.pathname.startsWith(folder)) files.add(place.pathname + place.search);
  }
  return files;
}
