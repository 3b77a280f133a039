// What this phone has not handed in yet, in its own database: every record with its photos, until a receipt comes.
// Where the browser keeps nothing (private windows) every answer is null, and forms work as they would without a script.

const NAME = "wenming-field"
const VERSION = 1
const BEFORE = "wenming-finds" // where finds waited before there was one outbox for everything

/** Records without a receipt must be provable by hash; browsers compute one only on https and localhost. */
export const canKeep = () => Boolean(window.indexedDB && window.crypto && crypto.subtle)

const opened = new Promise((resolve) => {
  try {
    const request = indexedDB.open(NAME, VERSION)
    request.onupgradeneeded = () => {
      request.result.createObjectStore("things", { keyPath: "key" })
      request.result.createObjectStore("photos", { keyPath: "id" }).createIndex("thing", "thing")
      request.result.createObjectStore("facts", { keyPath: "name" })
    }
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => resolve(null)
  } catch {
    resolve(null)
  }
})

// Answers when the data is on the disk, not when it is promised: the phone may be switched off a moment later.
async function ask(stores, mode, question) {
  const database = await opened
  if (!database) return null
  return new Promise((resolve) => {
    try {
      const transaction = database.transaction(stores, mode, { durability: "strict" })
      const request = question(...[].concat(stores).map((name) => transaction.objectStore(name)))
      transaction.oncomplete = () => resolve(request && request.result !== undefined ? request.result : true)
      transaction.onabort = transaction.onerror = () => resolve(null)
    } catch {
      resolve(null)
    }
  })
}

/** A key that the phone makes before the first try: a repeated sending is answered, not repeated. */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID()
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("")
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
}

/**
 * Write a record { key, by, kind, action, href, title, fields, at, state } and the photos that changed; `all` are the ids
 * of those that still belong to it. Null when the phone has no room.
 */
export const keep = (thing, changed, all) =>
  ask(["things", "photos"], "readwrite", (things, photos) => {
    things.put(thing)
    changed.forEach((photo) => photos.put(photo))
    each(photos.index("thing").openCursor(IDBKeyRange.only(thing.key)), (cursor) => all.includes(cursor.value.id) || cursor.delete())
  })

/** Change some of a record; null when it is no longer there. */
export const change = (key, changes) =>
  ask("things", "readwrite", (things) => {
    const found = things.get(key)
    found.onsuccess = () => found.result && things.put({ ...found.result, ...changes })
    return found
  })

/** The record is safe elsewhere: its photos and words go, a line with its number stays for the list. */
export const settle = (key, changes) =>
  ask(["things", "photos"], "readwrite", (things, photos) => {
    const found = things.get(key)
    found.onsuccess = () => found.result && things.put({ ...found.result, ...changes, fields: [], state: "arrived" })
    each(photos.index("thing").openCursor(IDBKeyRange.only(key)), (cursor) => cursor.delete())
  })

export const drop = (key) =>
  ask(["things", "photos"], "readwrite", (things, photos) => {
    things.delete(key)
    each(photos.index("thing").openCursor(IDBKeyRange.only(key)), (cursor) => cursor.delete())
  })

export const thing = async (key) => {
  const found = await ask("things", "readonly", (things) => things.get(key))
  return found && found.key ? found : null
}

/** Of one person alone: a phone that is handed on at the end of a shift must not send under the next name. */
export const thingsOf = async (by) => {
  const all = await ask("things", "readonly", (things) => things.getAll())
  return (Array.isArray(all) ? all : []).filter((one) => one.by === by).sort((one, other) => one.at.localeCompare(other.at))
}

/** The photos { id, thing, name, order, file, token, upload } of a record, in their order. */
export const photosOf = async (key) => {
  const all = await ask("photos", "readonly", (photos) => photos.index("thing").getAll(key))
  return (Array.isArray(all) ? all : []).sort((one, other) => one.order - other.order)
}

export const keepPhoto = (photo) => ask("photos", "readwrite", (photos) => photos.put(photo))

export const fact = async (name) => {
  const found = await ask("facts", "readonly", (facts) => facts.get(name))
  return found && found.name ? found.value : null
}

export const keepFact = (name, value) => ask("facts", "readwrite", (facts) => facts.put({ name, value }))

function each(request, act) {
  request.onsuccess = () => {
    if (!request.result) return
    act(request.result)
    request.result.continue()
  }
}

/** Finds that waited in the phone before this version: taken over once, with their keys. */
export async function takeOver(action) {
  if (!indexedDB.databases || !(await indexedDB.databases()).some(({ name }) => name === BEFORE)) return
  for (const draft of await before()) {
    const photos = draft.photos.map((file, order) => ({ id: newKey(), thing: draft.key, name: "photos", order, file }))
    const taken = { key: draft.key, by: draft.by, kind: "find", action, href: action, title: "", fields: draft.fields, at: draft.at, state: "waiting" }
    if (!(await keep(taken, photos, photos.map(({ id }) => id)))) return
  }
  indexedDB.deleteDatabase(BEFORE)
}

const before = () =>
  new Promise((resolve) => {
    const request = indexedDB.open(BEFORE)
    request.onerror = () => resolve([])
    request.onsuccess = () => {
      const database = request.result
      if (!database.objectStoreNames.contains("drafts")) return resolve([])
      const all = database.transaction("drafts").objectStore("drafts").getAll()
      all.onsuccess = () => {
        database.close()
        resolve(all.result)
      }
    }
  })
