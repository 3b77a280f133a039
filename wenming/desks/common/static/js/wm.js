// Loads only the custom elements that the page holds; every page works before them, and without them.
const elements = {
  "ghost-camera": () => import("./ghost-camera.js"),
  "keys-help": () => import("./keys-help.js"),
  "photo-picker": () => import("./photo-picker.js"),
  "place-picker": () => import("./place-picker.js"),
  "undo-act": () => import("./undo-act.js"),
  "unit-picker": () => import("./unit-picker.js"),
  "wm-map": () => import("./wm-map.js"),
  "work-queue": () => import("./work-queue.js"),
}

// A page for slow lines brings its elements in one file (JOINED_PAGES), after its styles: the first paint does not wait.
const pages = {
  "report-desk": () => import("./public-report.js"),
}

export async function awaken(root = document) {
  for (const [name, load] of Object.entries(pages)) {
    if (root.querySelector(`${name}:not(:defined)`)) await load().catch(() => null)
  }
  for (const [name, load] of Object.entries(elements)) {
    if (root.querySelector(`${name}:not(:defined)`)) load()
  }
  if (root.querySelector("[data-key]")) import("./keys.js")
  if (root.querySelector("a[data-photo]")) import("./photo-viewer.js")
}

awaken()
// Fragments that htmx brings in may hold elements the page did not have before.
document.addEventListener("htmx:load", ({ target }) => awaken(target.parentNode || document))

// After a refused form the summary of what to mend is the first thing read.
const summary = document.getElementById("error-summary")
if (summary) summary.focus()

// Here and not in a module of its own: a page that has just lost its network cannot fetch one.
const offline = document.querySelector("[data-offline-line]")
function tellNetwork() {
  offline.textContent = navigator.onLine ? "" : offline.dataset.words
  offline.hidden = navigator.onLine
}
if (offline) {
  addEventListener("online", tellNetwork)
  addEventListener("offline", tellNetwork)
  tellNetwork()
}

// One menu open at a time; Escape and a click elsewhere close it.
document.addEventListener("click", ({ target }) => closeMenus(target.closest("details.menu")))
document.addEventListener("keydown", ({ key }) => key === "Escape" && closeMenus(null))
function closeMenus(except) {
  document.querySelectorAll("details.menu[open]").forEach((menu) => menu !== except && (menu.open = false))
}
