// The service worker of the field desk, version {{ version }}. It keeps the shell, answers with the newest page while there
// is a network and with the kept one when there is none, and touches nothing that people have written (that lies in the
// pages' own database, see field-store.js).
const SHELL = "wenming-shell-{{ version }}"
const PAGES = "wenming-field-pages"
const PHOTOS = "wenming-field-photos"
const FILES = [{% for file in files %}"{{ file|escapejs }}"{% if not forloop.last %}, {% endif %}{% endfor %}]
const HOME = "{{ home|escapejs }}"
const AWAY = "{{ away|escapejs }}"
const STATIC = "{{ static|escapejs }}"
const PATIENCE = 6000

self.addEventListener("install", (event) => event.waitUntil(install()))
self.addEventListener("activate", (event) => event.waitUntil(activate()))
self.addEventListener("fetch", (event) => {
  const answer = answerTo(event)
  if (answer) event.respondWith(answer)
})

// A page asks whether it is one that was kept, so that it can say how old it is.
const keptFor = new Set()
self.addEventListener("message", ({ source }) => source && keptFor.delete(source.id) && source.postMessage("kept"))

// Whole or not at all: a version of which one file is missing never takes over.
async function install() {
  const shell = await caches.open(SHELL)
  await shell.addAll(FILES.map((url) => new Request(url, { cache: "reload" })))
  await self.skipWaiting()
}

// The version before stays for one more release: pages kept earlier still call its files by their names.
async function activate() {
  const shells = (await caches.keys()).filter((name) => name.startsWith("wenming-shell-") && name !== SHELL)
  await Promise.all(shells.slice(0, -1).map((name) => caches.delete(name)))
  await self.clients.claim()
}

function answerTo(event) {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== "GET" || origin !== self.location.origin) return null
  if (pathname.startsWith(STATIC)) return kept(request)
  if (pathname.startsWith("/photo/")) return kept(request)
  if (request.mode === "navigate" && pathname.startsWith(HOME)) return page(event)
  return null
}

async function kept(request) {
  return (await caches.match(request, { ignoreVary: true })) || fetch(request)
}

async function page(event) {
  const fresh = fromNetwork(event)
  const inTime = await Promise.race([fresh.catch(() => null), new Promise((done) => setTimeout(done, PATIENCE, null))])
  if (inTime) return inTime
  const pages = await caches.open(PAGES)
  const stored = (await pages.match(event.request, { ignoreVary: true })) || (await pages.match(event.request, { ignoreVary: true, ignoreSearch: true }))
  if (stored) keptFor.add(event.resultingClientId)
  if (stored) return stored
  return fresh.catch(async () => (await caches.match(AWAY, { ignoreVary: true })) || Response.error())
}

// A proxy that has lost its server answers too; a page kept earlier is better than its apology.
async function fromNetwork(event) {
  const answer = await fetch(event.request)
  if (answer.status >= 502 && answer.status <= 504) throw new TypeError("no server behind the proxy")
  if (answer.ok && answer.type === "basic" && isKept(new URL(event.request.url))) event.waitUntil(keepAgain(event.request, answer.clone()))
  return answer
}

// Only pages that are in the pack already, and in it the newest: what is kept is decided in field-pack.js.
async function keepAgain(request, answer) {
  const pages = await caches.open(PAGES)
  if (await pages.match(request, { ignoreVary: true })) await pages.put(request.url, answer)
}

const isKept = ({ search }) => !search
