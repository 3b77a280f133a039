// Reports that are not received yet, kept in this phone's own database until a receipt comes. Where the browser keeps
// nothing (private windows) every answer is empty, and the form works as it would without this script.

const opened = new Promise((resolve) => {
  try {
    const request = indexedDB.open("wenming-reports", 1)
    request.onupgradeneeded = () => request.result.createObjectStore("drafts", { keyPath: "client_id" })
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => resolve(null)
  } catch {
    resolve(null)
  }
})

async function ask(mode, question) {
  const database = await opened
  if (!database) return null
  return new Promise((resolve) => {
    const transaction = database.transaction("drafts", mode)
    const request = question(transaction.objectStore("drafts"))
    transaction.oncomplete = () => resolve(request.result)
    transaction.onabort = transaction.onerror = () => resolve(null)
  })
}

/** draft: { client_id, fields: [[name, value]…], photos: [File…], waiting, at } */
export function keep(draft) {
  try {
    localStorage.setItem("wenming-drafts", "1")  // so that other pages know, without this module, whether to look
  } catch {
    // A browser that keeps nothing has nothing to look for.
  }
  return ask("readwrite", (drafts) => drafts.put(draft))
}

export const drop = (client_id) => ask("readwrite", (drafts) => drafts.delete(client_id))

/** Every kept report, the oldest first. */
export async function all() {
  const found = (await ask("readonly", (drafts) => drafts.getAll())) || []
  return found.sort((one, other) => one.at.localeCompare(other.at))
}

/** A key for a new report; browsers make good ones only on https and localhost. */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID()
  const bytes = [...crypto.getRandomValues(new Uint8Array(16))]
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")
}
