// The browser's own journal: what has not been acknowledged yet survives a crash, a reload and a closed tab. Everything
// of it is encrypted with the key of the sitting (AES-GCM). The key comes with the page; this device keeps it only as a
// handle that no script can read, for a reload without network. Where WebCrypto or IndexedDB is missing there is no
// journal at all, and the room says so.
const NAME = "lms-exams";
const PLAIN = "sittings"; // version 1: readable; read once and rewritten
const ENTRIES = "entries"; // [sitting, epoch] -> {iv, data}
const KEYS = "keys"; // sitting -> CryptoKey
const PAGES = "pages"; // sitting -> {iv, data}: the room page for a reload without network
export const FILES = "lms-exam-room"; // the cache of the files of the room page
const encoder = new TextEncoder();

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 2);
    request.onupgradeneeded = () => {
      const held = request.result;
      const stores = { [PLAIN]: "sitting", [ENTRIES]: ["sitting", "epoch"], [KEYS]: "sitting", [PAGES]: "sitting" };
      for (const [name, keyPath] of Object.entries(stores)) {
        if (!held.objectStoreNames.contains(name)) held.createObjectStore(name, { keyPath });
      }
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}

function decoded(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

class Journal {
  constructor(database, key, sitting) {
    Object.assign(this, { database, key, sitting });
  }

  store(name, mode = "readonly") {
    return this.database.transaction(name, mode, { durability: "strict" }).objectStore(name);
  }

  async change(name, act) {
    const store = this.store(name, "readwrite");
    act(store);
    await new Promise((resolve, reject) => {
      store.transaction.oncomplete = resolve;
      store.transaction.onerror = store.transaction.onabort = () => reject(store.transaction.error);
    });
  }

  // bound to its place: a text of another sitting or epoch does not open
  async seal(place, text) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const how = { name: "AES-GCM", iv, additionalData: encoder.encode(place) };
    return { iv, data: await crypto.subtle.encrypt(how, this.key, encoder.encode(text)) };
  }

  async unseal(place, { iv, data }) {
    const how = { name: "AES-GCM", iv, additionalData: encoder.encode(place) };
    return new TextDecoder().decode(await crypto.subtle.decrypt(how, this.key, data));
  }

  async write(record) {
    const { sitting } = this;
    const { epoch } = record;
    const sealed = await this.seal(`entry ${sitting} ${epoch}`, JSON.stringify(record));
    await this.change(ENTRIES, (store) => store.put({ sitting, epoch, ...sealed }));
  }

  // All records of the sitting, the oldest device first; one that does not open is left where it is.
  async read() {
    const range = IDBKeyRange.bound([this.sitting, 0], [this.sitting, Infinity]);
    const records = [];
    for (const row of await done(this.store(ENTRIES).getAll(range))) {
      try {
        records.push(JSON.parse(await this.unseal(`entry ${row.sitting} ${row.epoch}`, row)));
      } catch {
        // Sealed with another key: not ours to read, not ours to delete.
      }
    }
    return records;
  }

  drop(epoch) {
    return this.change(ENTRIES, (store) => store.delete([this.sitting, epoch]));
  }

  async keepPage(html) {
    const sealed = await this.seal(`page ${this.sitting}`, html);
    await this.change(PAGES, (store) => store.put({ sitting: this.sitting, ...sealed }));
  }

  // The paper leaves the device; the key stays as long as there is something only it can open.
  async forget() {
    await this.change(PAGES, (store) => store.delete(this.sitting));
    if (!(await this.read()).length) await this.change(KEYS, (store) => store.delete(this.sitting));
    if (!(await done(this.store(PAGES).count()))) {
      await globalThis.caches?.delete(FILES);
      const registration = await navigator.serviceWorker?.getRegistration();
      await registration?.unregister();
    }
  }

  async rewritePlain() {
    const record = await done(this.store(PLAIN).get(this.sitting));
    if (!record) return;
    await this.write(record);
    await this.change(PLAIN, (store) => store.delete(this.sitting));
  }
}

// `raw` is the key as the page brought it, "" on a page that came out of the device: then the kept handle serves.
export async function openJournal(sitting, raw) {
  if (!globalThis.crypto?.subtle || !("indexedDB" in self)) return null;
  try {
    const database = await open();
    const keys = () => database.transaction(KEYS, "readwrite").objectStore(KEYS);
    let key;
    if (raw) {
      key = await crypto.subtle.importKey("raw", decoded(raw), "AES-GCM", false, ["encrypt", "decrypt"]);
      await done(keys().put({ sitting, key }));
    } else {
      key = (await done(keys().get(sitting)))?.key;
    }
    if (!key) return null;
    const journal = new Journal(database, key, sitting);
    await journal.rewritePlain();
    return journal;
  } catch {
    return null;
  }
}
