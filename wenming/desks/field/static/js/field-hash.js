// What a record hashes to. The server computes the same (observations/rules/receipts.py: handed_in_hash) over what it
// received; the phone deletes its copy only when the two are equal.

const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")

export const encoded = (bytes) => btoa(String.fromCharCode(...bytes))

export const hashOf = async (file) => hex(new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer())))

/** Key, fields in the order of their names, hashes of the photos by the name they go under; compact JSON. */
export async function contentHash(key, fields, photos) {
  const shown = {}
  for (const { name, file } of photos) (shown[name] = shown[name] || []).push(await hashOf(file))
  const text = JSON.stringify([key, byName(fields), byName(Object.entries(shown))])
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))))
}

export const byName = (pairs) => [...pairs].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
