// Links with data-photo open large: by click or Enter on the photo, by Space for the current row or the page's first photo.
import { onKey } from "./keys.js"

const words = document.querySelector("script[data-close]").dataset

let dialog, picture, caption, group, at

function build() {
  dialog = document.createElement("dialog")
  dialog.className = "photo-viewer"
  picture = dialog.appendChild(document.createElement("img"))
  const bar = dialog.appendChild(document.createElement("div"))
  bar.className = "photo-viewer-bar"
  caption = bar.appendChild(document.createElement("p"))
  for (const [name, act] of [["back", () => step(-1)], ["on", () => step(1)], ["close", () => dialog.close()]]) {
    const button = bar.appendChild(document.createElement("button"))
    Object.assign(button, { type: "button", className: "button", textContent: words[name], onclick: act })
    button.dataset.does = name
  }
  dialog.addEventListener("keydown", ({ key }) => {
    if (key === "ArrowLeft") step(-1)
    if (key === "ArrowRight") step(1)
  })
  document.body.append(dialog)
}

function step(by) {
  at = (at + by + group.length) % group.length
  picture.src = group[at].href
  picture.alt = group[at].querySelector("img").alt
  dialog.setAttribute("aria-label", picture.alt)
  caption.textContent = `${picture.alt}（${at + 1} / ${group.length}）`
  dialog.querySelectorAll("[data-does=back], [data-does=on]").forEach((button) => (button.hidden = group.length < 2))
}

function show(link) {
  if (!dialog) build()
  const around = link.closest(".photos, .before-after, [data-row]") || link.parentNode
  group = [...around.querySelectorAll("a[data-photo]")]
  at = group.indexOf(link)
  step(0)
  dialog.showModal()
}

if (typeof HTMLDialogElement === "function") {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-photo]")
    if (!link || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    show(link)
  })
  onKey(" ", ({ target }) => {
    if (target.closest("button, a, summary, input, label")) return false
    const row = document.querySelector("[data-row].is-current")
    const link = (row || document).querySelector("a[data-photo]")
    if (link) show(link)
    return Boolean(link)
  })
}
