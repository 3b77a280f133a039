// A photo in pieces (tus 1.0): what arrived stays there, and the next try goes on behind it, today or after a restart.
import { encoded, hashOf } from "./field-hash.js"
import { asked } from "./field-asking.js"

const FIRST_PIECE = 64 * 1024
const SMALLEST = 16 * 1024
const LARGEST = 1024 * 1024
const QUICK = 700 // ms: a piece that took less may be larger next time, one that took five times as long smaller
const MOST_TRIES = 4 // without a byte more arriving; then the network is away, and the outbox waits

/** Send one photo { id, file, upload } to `base`; `began(address)` is told where, so that it can be kept. The token. */
export async function sendInPieces(photo, base, began) {
  const progress = { tries: 0, moved: false }
  while (progress.tries++ < MOST_TRIES) {
    try {
      const token = await goOn(photo, photo.upload || (await begin(photo, base, began)), progress)
      if (token) return token
      photo.upload = "" // let go over there: a day is over, or the whole was not what it should have been
    } catch (error) {
      // A network that never answered is away; one that breaks off in the middle is tried again at once.
      if (!(error instanceof TypeError) || !progress.moved || progress.tries >= MOST_TRIES) throw error
      await wait(500 * progress.tries)
    }
  }
  throw new TypeError("it was let go again and again")
}

const wait = (ms) => new Promise((done) => setTimeout(done, ms))

async function begin(photo, base, began) {
  const told = { key: photo.id, sha256: await hashOf(photo.file) }
  const answer = await asked(base, {
    method: "POST",
    headers: { "Tus-Resumable": "1.0.0", "Upload-Length": String(photo.file.size), "Upload-Metadata": metadata(told) },
  })
  await answer.must(201)
  photo.upload = answer.headers.get("Location")
  await began(photo.upload)
  return photo.upload
}

async function goOn(photo, address, progress) {
  const standing = await asked(address, { method: "HEAD", headers: { "Tus-Resumable": "1.0.0" } })
  if (standing.status === 404) return null
  await standing.must(200)
  let offset = Number(standing.headers.get("Upload-Offset"))
  let held = standing.headers.get("Upload-Held") === "1"
  let size = FIRST_PIECE
  while (!held) {
    const began = performance.now()
    const answer = await sendPiece(address, photo.file.slice(offset, offset + size), offset)
    if (answer.status === 404) return null
    if (answer.status === 423) await wait(1000)
    else if (answer.status === 460 && offset + size >= photo.file.size) return null
    else if (answer.status !== 409 && answer.status !== 460) await answer.must(204)
    if (answer.headers.has("Upload-Offset")) offset = Number(answer.headers.get("Upload-Offset"))
    if (answer.status === 204) Object.assign(progress, { tries: 0, moved: true })
    held = answer.headers.get("Upload-Held") === "1"
    size = fitting(size, performance.now() - began)
  }
  return address.split("/").filter(Boolean).pop()
}

async function sendPiece(address, piece, offset) {
  const bytes = await piece.arrayBuffer()
  const digest = encoded(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)))
  const headers = { "Tus-Resumable": "1.0.0", "Upload-Offset": String(offset), "Upload-Checksum": `sha256 ${digest}`, "Content-Type": "application/offset+octet-stream" }
  return asked(address, { method: "PATCH", headers, body: bytes })
}

function fitting(size, took) {
  if (took < QUICK) return Math.min(size * 2, LARGEST)
  return took > 5 * QUICK ? Math.max(size / 2, SMALLEST) : size
}

const metadata = (told) =>
  Object.entries(told).map(([name, value]) => `${name} ${btoa(value)}`).join(",")
