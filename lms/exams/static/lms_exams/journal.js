// The browser's own journal of one sitting: what has not been acknowledged yet survives a crash.
// Without IndexedDB (private windows) everything still works, only a crash loses what was not sent.
const STORE = "sittings";

function open() {
  return new Promise((resolve) => {
    if (!("indexedDB" in self)) return resolve(null);
    try {
      const request = indexedDB.open("lms-exams", 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "sitting" });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(null);
      request.onblocked = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}

const ready = open();

export async function readJournal(sitting) {
  const database = await ready;
  if (!database) return null;
  return new Promise((resolve) => {
    const request = database.transaction(STORE).objectStore(STORE).get(sitting);
    request.onsuccess = () => resolve(request.result ?? null);
    request.onerror = () => resolve(null);
  });
}

export async function writeJournal(record) {
  const database = await ready;
  if (!database) return false;
  return new Promise((resolve) => {
    try {
      const transaction = database.transaction(STORE, "readwrite", { durability: "strict" });
      transaction.objectStore(STORE).put(record);
      transaction.oncomplete = () => resolve(true);
      transaction.onerror = transaction.onabort = () => resolve(false);
    } catch {
      resolve(false);
    }
  });
}
