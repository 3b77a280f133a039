// <dispatch-desk>: list, map and detail share one selection and one filter, both in the address. Without this module each
// line is a link that loads the page with its case; with it the pieces come one by one and nothing on the page moves.
import { onKey } from "./keys.js"
import { awaken } from "./wm.js"
import { Acts } from "./desk-acts.js"
import { Choices } from "./desk-choices.js"
import { List } from "./desk-list.js"
import { News } from "./desk-news.js"
import "./desk-map.js"

const FRESH = 30_000
const NOT_THE_FILTER = ["case", "page", "after"]

customElements.define("dispatch-desk", class extends HTMLElement {
  connectedCallback() {
    const asked = new URLSearchParams(location.search)
    NOT_THE_FILTER.forEach((name) => asked.delete(name))
    // As the server writes it, so that what the page asked for beforehand is found.
    for (const [name, value] of [...asked]) if (!value) asked.delete(name)
    this.filter = asked.toString()
    this.details = new Map()
    this.number = this.detail().dataset.number
    this.map = this.querySelector("desk-map")
    this.choices = new Choices(this)
    this.list = new List(this)
    this.news = new News(this)
    this.acts = new Acts(this)
    this.listen()
    this.begin()
  }

  disconnectedCallback() {
    this.news.stop()
    this.acts.stop()
  }

  listen() {
    this.addEventListener("focusin", ({ target }) => this.select(numberOf(target)))
    this.addEventListener("click", (event) => this.follow(event))
    this.addEventListener("change", () => this.showBar())
    this.addEventListener("map-pick", ({ detail }) => this.go(detail.number))
    this.addEventListener("map-box", ({ detail }) => this.list.pick(detail.numbers))
    this.addEventListener("pointerover", ({ target }) => this.map.point(numberOf(target)))
    onKey(" ", ({ target }) => !target.closest("button, a, summary, input, label") && this.enlarge())
  }

  begin() {
    this.showBar()
    const row = this.list.row(this.number)
    // The page's own first focus (a refused form, a restored place) comes before ours.
    if (row && document.activeElement === document.body) row.focus({ preventScroll: true })
    if (row) row.scrollIntoView({ block: "nearest" })
    this.map.show(this.number)
    this.readAhead()
  }

  detail() {
    return document.getElementById("desk-detail")
  }

  address(number) {
    const kept = this.filter ? `${this.filter}&` : ""
    return `?${kept}case=${encodeURIComponent(number)}`
  }

  detailAddress(number, after = "") {
    return `${this.dataset.detail}${this.address(number)}&after=${encodeURIComponent(after)}`
  }

  follow(event) {
    if (event.target.closest("[data-again]")) return this.again()
    const row = event.target.closest("[data-row]")
    const link = event.target.closest("[data-row] a[href]")
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    if (row.dataset.number === this.number && event.detail === 0) location.href = link.dataset.page
    else row.focus()
  }

  // A pin may lead to a case that the list has not loaded yet.
  async go(number) {
    await this.list.bring(number)
    const row = this.list.row(number)
    if (row) row.focus()
    else this.select(number)
  }

  async select(number) {
    if (!number || number === this.number) return
    this.number = number
    this.list.mark(number)
    this.map.show(number)
    history.replaceState(null, "", this.address(number))
    this.wait(true)
    const page = await this.fetched(number)
    if (number !== this.number) return
    if (!page) return location.assign(this.address(number))
    this.show(page)
  }

  again() {
    const number = this.number
    this.details.delete(number)
    this.number = ""
    this.select(number)
  }

  // The next two cases are read ahead, so that J shows them at once.
  readAhead() {
    const next = this.list.after(this.number)
    for (const number of [next, this.list.after(next)]) if (number) this.fetched(number)
    this.list.more(this.number)
  }

  fetched(number) {
    const kept = this.details.get(number)
    if (kept && Date.now() - kept.at < FRESH) return kept.page
    const page = fetch(`${this.detailAddress(number, this.list.after(number))}&quiet=1`)
      .then((answer) => (answer.ok && !answer.redirected ? answer.text() : ""), () => "")
    this.details.set(number, { at: Date.now(), page })
    page.then((text) => text || this.details.delete(number))
    return page
  }

  forget(numbers) {
    numbers.forEach((number) => this.details.delete(number))
  }

  // Shows a fetched detail (text of a page that holds one); what an act said comes along in its toasts.
  show(text) {
    const page = new DOMParser().parseFromString(text, "text/html")
    const fresh = page.getElementById("desk-detail")
    if (!fresh) return false
    this.choices.fill(fresh)
    this.detail().replaceWith(fresh)
    const toasts = page.querySelector(".toasts")
    if (toasts) this.say(toasts)
    this.number = fresh.dataset.number
    this.list.mark(this.number)
    this.map.show(this.number)
    awaken(document.body)
    this.readAhead()
    return true
  }

  say(toasts) {
    const old = document.querySelector("body > .toasts")
    if (old) old.replaceWith(toasts)
    else document.body.append(toasts)
  }

  enlarge() {
    const photo = this.querySelector("#desk-detail a[data-photo]")
    if (photo) photo.click()
    return Boolean(photo)
  }

  // Until the new case has come, no key may act on the old one.
  wait(busy) {
    const detail = this.detail()
    detail.setAttribute("aria-busy", String(busy))
    detail.querySelectorAll("button").forEach((button) => (button.disabled = busy))
    if (busy) detail.querySelectorAll("[data-key]:not(button)").forEach((one) => {
      one.dataset.keyKept = one.dataset.key
      one.removeAttribute("data-key")
    })
    else detail.querySelectorAll("[data-key-kept]").forEach((one) => (one.dataset.key = one.dataset.keyKept))
  }

  showBar() {
    const bar = this.querySelector("[data-when-picked]")
    if (bar) bar.hidden = !this.querySelector(".pick input:checked")
  }
})

function numberOf(element) {
  const row = element.closest("[data-row]")
  return row ? row.dataset.number : ""
}
