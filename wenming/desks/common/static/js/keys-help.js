// <keys-help>: the list of keys (? or Ctrl+K), its off-switch, and the two keys every list has: / search, F filter.
import { keysAreOff, onKey, switchKeys } from "./keys.js"

customElements.define("keys-help", class extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog")
    this.addEventListener("click", ({ target }) => {
      if (target.closest("[data-open]")) this.open()
      if (target.closest("[data-close]")) this.dialog.close()
      if (target.closest("[data-switch]")) this.turn(!keysAreOff())
    })
    this.label()
    onKey("?", () => (this.dialog.open ? this.dialog.close() : this.open(), true))
    onKey("/", () => focusOn("[type=search], .filters-search input"))
    onKey("F", () => focusOn(".filters select, .filters input, [data-filter]"))
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey && event.key.toLowerCase() === "k") {
        event.preventDefault()
        this.open()
      }
    })
  }

  open() {
    if (!this.dialog.open) this.dialog.showModal()
  }

  turn(off) {
    switchKeys(off)
    this.label()
  }

  label() {
    const button = this.querySelector("[data-switch]")
    button.textContent = keysAreOff() ? button.dataset.wordsOn : button.dataset.wordsOff
  }
})

function focusOn(selector) {
  const found = document.querySelector(selector)
  const folded = found && found.closest("details:not([open])")
  if (folded) folded.open = true
  if (found) found.focus()
  return Boolean(found)
}
