// Brings what waits in the phone to the server: photos first, then the words with the hash of it all. One at a time and
// in the order in which it was handed in; what was received is received once, however often this begins anew.
import { LogIn, Later, Refused, asked } from "./field-asking.js"
import { byName, contentHash } from "./field-hash.js"
import { change, keepPhoto, photosOf, settle, thingsOf } from "./field-store.js"
import { sendInPieces } from "./field-tus.js"

const IN_PIECES_FROM = 100 * 1024
const CHANGED = "outbox-changed"
// A server that answers none of three is being restarted; one record that it cannot take now must not hold up the others.
const MOST_REFUSALS = 3

let running = null

/** Send everything that waits; resolves to "" or to why it stopped: "away", "log-in", "later". */
export function sendAll(by, uploads, photos) {
  running = running || alone(() => sendEach(by, { uploads, photos })).finally(() => (running = null))
  return running
}

/** What is being sent now: { key, done, all }, for the list. */
export let underWay = null

// Of several open pages one sends. Where there are no locks the server's own answer keeps a record from coming in twice.
async function alone(act) {
  if (!navigator.locks) return act()
  return navigator.locks.request("wenming-outbox", { ifAvailable: true }, (lock) => (lock ? act() : "elsewhere"))
}

async function sendEach(by, addresses) {
  // Asked anew after each: something may have been handed in, or changed, meanwhile.
  const tried = new Set()
  let laters = 0
  for (;;) {
    const next = (await thingsOf(by)).find(({ key, state }) => state === "waiting" && !tried.has(key))
    if (!next) return tell(laters ? "later" : "")
    tried.add(next.key)
    const why = await sendOne(next, addresses).then(() => "", (error) => stopped(error, next))
    underWay = null
    announce()
    if (why === "later") laters += 1
    if (why === "away" || why === "log-in" || laters >= MOST_REFUSALS) return tell(why)
  }
}

async function stopped(error, { key }) {
  if (error instanceof Refused) return refused(error, key)
  if (error instanceof LogIn) return "log-in"
  if (error instanceof Later) return "later"
  if (error instanceof TypeError || error instanceof SyntaxError) return "away" // no answer, or half of one
  throw error
}

async function refused({ said, status }, key) {
  if (said.code === "evidence.upload-gone" || said.code === "handed-in.changed-on-the-way") return sendPhotosAgain(key)
  const { message, again, merged_into: mergedInto, state } = said
  await change(key, { state: "attention", why: message, status, again, mergedInto, now: state })
  return ""
}

// Sent ahead too long ago, or changed on the way: the photos are still here.
async function sendPhotosAgain(key) {
  for (const photo of await photosOf(key)) await keepPhoto({ ...photo, token: "", upload: "" })
  return "later"
}

async function sendOne(thing, addresses) {
  const photos = await photosOf(thing.key)
  for (const photo of photos) {
    underWay = { key: thing.key, done: photos.filter(({ token }) => token).length, all: photos.length }
    announce()
    if (!photo.token) await sendPhoto(photo, addresses)
  }
  const fields = byName([...thing.fields, ["seen_at", thing.at]])
  const hash = await contentHash(thing.key, fields, photos)
  const answer = await asked(thing.action, {
    method: "POST", headers: { Accept: "application/json" }, body: bodyOf(thing, fields, photos, hash),
  })
  await answer.must(200, 201)
  await receipted(thing, hash, await answer.json())
}

async function receipted(thing, hash, said) {
  // A record that was changed after it had arrived: what is there is the earlier one, and this one is still only here.
  if (said.hash !== hash) return change(thing.key, { state: "attention", why: "", status: 0, receipt: said.receipt })
  await settle(thing.key, { receipt: said.receipt, hash, url: said.url, arrivedAt: said.at })
}

async function sendPhoto(photo, { uploads, photos }) {
  if (photo.file.size > IN_PIECES_FROM) {
    const token = await sendInPieces(photo, uploads, (upload) => keepPhoto({ ...photo, upload }))
    Object.assign(photo, { token })
  } else {
    const body = new FormData()
    body.append("photo", photo.file, "photo.jpg")
    const answer = await asked(photos, { method: "POST", body })
    await answer.must(201)
    photo.token = (await answer.json()).id
  }
  await keepPhoto(photo)
}

// URL-encoded, because a multipart form would rewrite the line ends that have been hashed.
function bodyOf({ key, by }, fields, photos, hash) {
  const body = new URLSearchParams(fields)
  body.append("client_id", key)
  body.append("kept_by", by)
  body.append("content_hash", hash)
  photos.forEach(({ name, token }) => body.append(`${name}_ids`, token))
  return body
}

const announce = () => document.dispatchEvent(new CustomEvent(CHANGED))

function tell(why) {
  document.dispatchEvent(new CustomEvent("outbox-stopped", { detail: why }))
  return why
}
