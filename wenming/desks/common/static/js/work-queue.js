// <work-queue><table>…: J/K move, Enter opens, X picks, Space shows the row's photo; after an act the next row is current.
import { onKey } from "./keys.js"

const PLACE = "wm-queue-place"

customElements.define("work-queue", class extends HTMLElement {
  connectedCallback() {
    this.rows().forEach((row) => row.setAttribute("tabindex", "-1"))
    const keys = {
      J: () => this.move(1),
      K: () => this.move(-1),
      X: () => this.pick(),
      Enter: ({ target }) => target.matches("[data-row]") && this.open(),
    }
    // A queue that htmx has replaced must not answer any more.
    for (const [key, act] of Object.entries(keys)) onKey(key, (event) => this.isConnected && act(event))
    this.addEventListener("focusin", ({ target }) => this.mark(target.closest("[data-row]")))
    this.addEventListener("change", () => this.count())
    this.addEventListener("click", ({ target }) => target.closest("[data-all]") && this.pickAll())
    const form = this.closest("form") || this
    form.addEventListener("submit", (event) => this.leave(event))
    this.showPickAll()
    this.count()
    this.resume()
  }

  rows() {
    return [...this.querySelectorAll("[data-row]")]
  }

  current() {
    return this.querySelector("[data-row].is-current")
  }

  mark(row) {
    if (!row) return
    this.rows().forEach((one) => one.classList.toggle("is-current", one === row))
  }

  move(step) {
    const rows = this.rows()
    if (!rows.length) return false
    const at = rows.indexOf(this.current())
    const next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)]
    next.focus()
    next.scrollIntoView({ block: "nearest" })
    return true
  }

  open() {
    const link = this.current() && this.current().querySelector("a[href]:not([data-photo])")
    if (link) link.click()
    return Boolean(link)
  }

  pick() {
    const box = this.current() && this.current().querySelector(".pick input")
    if (box) box.click()
    return Boolean(box)
  }

  boxes() {
    return [...this.querySelectorAll(".pick input[type=checkbox]")]
  }

  pickAll() {
    const all = this.boxes().every((box) => box.checked)
    this.boxes().forEach((box) => (box.checked = !all))
    this.count()
  }

  showPickAll() {
    const button = this.querySelector("[data-all]")
    if (button) button.hidden = false
  }

  count() {
    const picked = this.boxes().filter((box) => box.checked)
    this.rows().forEach((row) => row.toggleAttribute("data-picked", Boolean(row.querySelector(".pick input:checked"))))
    const words = this.querySelector("[data-bulk-count]")
    if (words && picked.length) words.textContent = words.dataset.words.replace("{n}", picked.length)
    else if (words) words.textContent = words.dataset.none
  }

  // A bulk act with nothing picked means the current row; with no current row there is nothing to act on.
  leave(event) {
    const bulk = event.submitter && event.submitter.closest("[data-bulk]")
    if (bulk && !this.boxes().some((box) => box.checked) && !this.pick()) return event.preventDefault()
    this.remember()
  }

  // The row acted on leaves the list, so its place now holds the next one.
  remember() {
    const at = this.rows().indexOf(this.current())
    if (at >= 0) sessionStorage.setItem(PLACE, JSON.stringify({ path: location.pathname, at }))
  }

  resume() {
    const place = JSON.parse(sessionStorage.getItem(PLACE) || "null")
    sessionStorage.removeItem(PLACE)
    const rows = this.rows()
    if (place && place.path === location.pathname && rows.length) rows[Math.min(place.at, rows.length - 1)].focus()
  }
})
