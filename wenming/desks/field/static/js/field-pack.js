// The offline pack (离线包): today's pages with their small photos and the drawn map, kept for a shift without network.
// The service worker answers from what is kept here when the network does not.
import { keepComponents } from "./field-components.js"
import { fact, keepFact } from "./field-store.js"

const PAGES = "wenming-field-pages"
const PHOTOS = "wenming-field-photos"
const FRESH = 5 * 60 * 1000

/** Bring the pack up to date; `tell(done, all)` while it comes. False when the network gave out before the end. */
export async function keepPack(address, { tell = () => null, now = false } = {}) {
  const known = (await fact("pack")) || { pages: {}, at: "" }
  if (!window.caches || (!now && Date.now() - Date.parse(known.at) < FRESH)) return true
  const answer = await fetch(address, { headers: { Accept: "application/json" }, cache: "no-store" }).catch(() => null)
  const said = answer && answer.ok && !answer.redirected && (await answer.json().catch(() => null))
  if (!said) return false
  const { pages: wanted } = said
  const shelves = { pages: await caches.open(PAGES), photos: await caches.open(PHOTOS), shown: new Set() }
  const kept = {}
  for (const [index, { url, version }] of wanted.entries()) {
    tell(index, wanted.length)
    const page = (known.pages[url] === version && (await shelves.pages.match(url))) || (await fetchPage(shelves, url))
    if (page && (await keepPhotos(shelves, await page.text()))) kept[url] = version
  }
  await forgetOthers(shelves, wanted.map(({ url }) => url))
  await keepFact("pack", { pages: kept, at: new Date().toISOString(), photos: shelves.shown.size })
  const components = await keepComponents(said.components)
  return components && Object.keys(kept).length === wanted.length
}

async function fetchPage({ pages }, url) {
  const page = await fetch(url, { cache: "no-store" }).catch(() => null)
  if (!page || !page.ok || page.redirected) return null
  await pages.put(url, page.clone())
  return page
}

// The small photos that a page shows. What is missing is asked for again next time.
async function keepPhotos({ photos, shown }, html) {
  let whole = true
  for (const image of new DOMParser().parseFromString(html, "text/html").querySelectorAll("img[src^='/photo/']")) {
    const url = image.getAttribute("src")
    shown.add(url)
    if (!(await photos.match(url))) await photos.add(url).catch(() => (whole = false))
  }
  return whole
}

// Pages of tasks that are done, and photos no page shows any more: their links are sealed and change from day to day.
async function forgetOthers({ pages, photos, shown }, wanted) {
  for (const { url } of await pages.keys()) if (!wanted.includes(pathOf(url))) await pages.delete(url)
  for (const { url } of await photos.keys()) if (!shown.has(pathOf(url))) await photos.delete(url)
}

const pathOf = (url) => new URL(url).pathname + new URL(url).search

/** When the pack was last brought up to date, as ISO text, or null. */
export const packAt = async () => ((await fact("pack")) || {}).at || null

/** Nobody's pages stay in the phone: at log-out, and when somebody else has logged in. */
export async function forgetPages() {
  if (!window.caches) return
  await Promise.all([caches.delete(PAGES), caches.delete(PHOTOS), keepFact("pack", null), keepFact("components", null)])
}
