// What a phone keeps: keys, the list, and scans. A write is done when it is on the disk, as far as the browser allows.
const STORES = { codes: "seat", meta: "name", scans: "nonce" };
let ready;

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("lms-attendance", 1);
    request.onupgradeneeded = () => {
      for (const [store, keyPath] of Object.entries(STORES)) request.result.createObjectStore(store, { keyPath });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => reject(request.error ?? new Error("blocked"));
  });
}

// A browser in the background may close the database; the next write opens it anew.
async function opened() {
  ready ??= open();
  try {
    const database = await ready;
    database.onclose = () => (ready = undefined);
    return database;
  } catch (problem) {
    ready = undefined;
    throw problem;
  }
}

function begin(database, store, mode) {
  try {
    return database.transaction(store, mode, { durability: "strict" });
  } catch (problem) {
    ready = undefined;
    throw problem;
  }
}

async function run(store, mode, act) {
  const database = await opened();
  return new Promise((resolve, reject) => {
    const transaction = begin(database, store, mode);
    const request = act(transaction.objectStore(store));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

export const read = (store, key) => run(store, "readonly", (held) => held.get(key));
export const readAll = (store) => run(store, "readonly", (held) => held.getAll());
export const write = (store, value) => run(store, "readwrite", (held) => held.put(value));
export const remove = (store, key) => run(store, "readwrite", (held) => held.delete(key));
