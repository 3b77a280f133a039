// What is not received yet, kept in this phone's own database until a receipt comes. Where the browser keeps nothing
// (private windows) every answer is empty, and the form works as it would without a script.

/** A drawer of drafts { key, by, fields: [[name, value]…], photos: [File…], at } under its own name. */
export function drawer(name) {
  const opened = new Promise((resolve) => {
    try {
      const request = indexedDB.open(name, 1)
      request.onupgradeneeded = () => request.result.createObjectStore("drafts", { keyPath: "key" })
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => resolve(null)
    } catch {
      resolve(null)
    }
  })
  const ask = async (mode, question) => {
    const database = await opened
    if (!database) return null
    return new Promise((resolve) => {
      const transaction = database.transaction("drafts", mode)
      const request = question(transaction.objectStore("drafts"))
      transaction.oncomplete = () => resolve(request.result)
      transaction.onabort = transaction.onerror = () => resolve(null)
    })
  }
  return {
    keep: (draft) => ask("readwrite", (drafts) => drafts.put(draft)),
    drop: (key) => ask("readwrite", (drafts) => drafts.delete(key)),
    // Of one person alone: a phone that is handed on at the end of a shift must not send under the next name.
    of: async (by) => ((await ask("readonly", (drafts) => drafts.getAll())) || [])
      .filter((draft) => draft.by === by)
      .sort((one, other) => one.at.localeCompare(other.at)),
  }
}
