// The components (部件) of the offline pack: kept with it, and asked for what is near without network.
// What a row says: see components_pack.py.
import { fact, keepFact } from "./field-store.js"

const METRES_PER_DEGREE = 111320

/** Bring them up to date; wanted: { url, version }, or null where there is nothing to take along. False when it did not come. */
export async function keepComponents(wanted) {
  const known = await fact("components")
  if (!wanted) return !known || Boolean(await keepFact("components", null))
  if (known && known.version === wanted.version) return true
  const answer = await fetch(wanted.url, { headers: { Accept: "application/json" }, cache: "no-store" }).catch(() => null)
  const told = answer && answer.ok && !answer.redirected && (await answer.json().catch(() => null))
  return Boolean(told) && Boolean(await keepFact("components", { ...told, version: wanted.version }))
}

/** { count, cut, most } of what is kept, or null. */
export async function componentsKept() {
  const kept = await fact("components")
  return kept && { count: kept.rows.length, cut: kept.cut, most: kept.most }
}

/** The kept ones at a position, the nearest first, as the server would answer: [{ code, kind, name, owner, metres }]. */
export async function componentsAt(longitude, latitude, accuracy) {
  const kept = await fact("components")
  if (!kept || !Number.isFinite(longitude) || !Number.isFinite(latitude)) return []
  const [atHand, far] = kept.within_m
  const within = Math.min(Math.max(accuracy || 0, atHand), far)
  const east = METRES_PER_DEGREE * Math.cos((latitude * Math.PI) / 180)
  const x = longitude * kept.per_degree - kept.origin[0]
  const y = latitude * kept.per_degree - kept.origin[1]
  const away = ([, , west, south, , , width = 0, height = 0]) =>
    Math.hypot((beyond(x, west, width) / kept.per_degree) * east, (beyond(y, south, height) / kept.per_degree) * METRES_PER_DEGREE)
  return kept.rows
    .map((row) => [away(row), row])
    .filter(([metres]) => metres <= within)
    .sort(([one], [other]) => one - other)
    .slice(0, kept.tappable)
    .map(([metres, [ending, kind, , , owner = 0, name = ""]]) => ({ code: kept.prefix + ending, kind: kept.kinds[kind], name, owner: kept.owners[owner], metres: Math.round(metres) }))
}

const beyond = (at, from, length) => Math.max(from - at, 0, at - from - length)
