// <report-desk><form>…</form></report-desk>: nothing that was filled in is lost. The draft stays in the phone until a
// receipt comes; a report that could not be sent goes out by itself, with the same key, so that it is received once.
import { all, drop, keep } from "./public-drafts.js"
import { remember } from "./public-mine.js"
import "./photo-picker.js"
import "./place-picker.js"

const LET_PHOTOS_FINISH = 8000
const TRY_AGAIN = [5, 15, 60, 300]
const DRAFTS_LAST = 24 * 3600 * 1000
const NOT_KEPT = new Set(["client_id", "photos", "photos_ids", "seen_at"])

class ReportDesk extends HTMLElement {
  async connectedCallback() {
    this.form = this.querySelector("form")
    this.note = this.querySelector("[data-note]")
    this.tries = 0
    // Before the photo picker's own listener: it would hold the form back for as long as a photo takes.
    this.addEventListener("submit", (event) => this.handIn(event), true)
    for (const change of ["input", "change", "photos-changed"]) this.addEventListener(change, () => this.keepSoon())
    addEventListener("online", () => this.sendWaiting())
    // A page that comes back from the browser's memory carries the key of a report that was received.
    addEventListener("pageshow", ({ persisted }) => persisted && location.reload())
    this.followPlaceWords()
    this.sendWaiting()
    this.bringBack()
  }

  get picker() {
    return this.querySelector("photo-picker")
  }

  get shots() {
    return this.picker ? this.picker.shots : []
  }

  get key() {
    return this.form.elements.client_id
  }

  say(words, ...buttons) {
    this.note.hidden = !words
    this.note.replaceChildren(words, ...buttons)
  }

  button(words, act) {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "button button-text", textContent: words })
    made.addEventListener("click", act)
    return made
  }

  // --- the draft -------------------------------------------------------------------------------------------------

  draft(waiting = false) {
    const fields = [...new FormData(this.form)].filter(([name, value]) => !NOT_KEPT.has(name) && typeof value === "string")
    const photos = this.shots.map(({ file }) => file)
    return { client_id: this.key.value, fields, photos, waiting, at: this.startedAt || (this.startedAt = new Date().toISOString()) }
  }

  keepSoon() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => !this.sent && keep(this.draft()), 300)
  }

  async bringBack() {
    if (this.querySelector("[data-held], .error-summary")) return
    const draft = (await all()).filter(({ waiting }) => !waiting).pop()
    if (!draft) return
    if (Date.now() - Date.parse(draft.at) > DRAFTS_LAST) return drop(draft.client_id)
    this.key.value = draft.client_id
    this.startedAt = draft.at
    draft.fields.forEach(([name, value]) => this.fill(name, value))
    if (this.picker) draft.photos.forEach((photo) => this.picker.add(photo))
    if (draft.fields.length) this.say(this.dataset.restored, this.button(this.dataset.clear, () => this.startAnew(draft)))
  }

  fill(name, value) {
    const field = this.form.elements[name]
    if (!field) return
    if (field.type === "checkbox") field.checked = true
    else field.value = value
  }

  async startAnew({ client_id }) {
    this.sent = true
    await drop(client_id)
    location.reload()
  }

  // --- handing in ------------------------------------------------------------------------------------------------

  async handIn(event) {
    event.preventDefault()
    event.stopImmediatePropagation()
    if (this.busy) return
    this.busy = true
    clearTimeout(this.timer)
    this.press(true)
    this.say(this.dataset.sending)
    await keep(this.draft(true))
    if (this.shots.length) await this.picker.ready(LET_PHOTOS_FINISH)
    await this.send(new FormData(this.form), this.draft(true))
    this.press(false)
    this.busy = false
  }

  press(busy) {
    this.form.querySelector(".action-bar .button").setAttribute("aria-busy", String(busy))
  }

  async send(body, draft) {
    let answer
    try {
      answer = await fetch(this.form.action, { method: "POST", body, headers: { Accept: "application/json" } })
    } catch {
      return this.wait(this.dataset.waiting)
    }
    if (answer.ok) return this.received(await answer.json(), draft)
    if (answer.status >= 500 || answer.status === 429) return this.wait(this.dataset.later)
    await this.mend(await answer.text(), draft)
  }

  async received({ url, receipt }, draft) {
    await drop(draft.client_id)
    remember({ receipt, words: this.dataset.words, at: draft.at })
    // Somebody filling in the next report is not taken away from it.
    if (draft.client_id !== this.key.value) return this.say(this.dataset.arrived, this.link(url, receipt))
    this.sent = true
    location.replace(url)
  }

  link(href, textContent) {
    return Object.assign(document.createElement("a"), { href, textContent })
  }

  wait(words) {
    this.say(words, this.button(this.dataset.now, () => this.sendWaiting()))
    const seconds = TRY_AGAIN[Math.min(this.tries++, TRY_AGAIN.length - 1)]
    clearTimeout(this.retry)
    this.retry = setTimeout(() => this.sendWaiting(), seconds * 1000)
  }

  // Reports that waited: sent from what was kept, photos and all, because early uploads are let go after a day.
  async sendWaiting() {
    for (const draft of await all()) {
      if (!draft.waiting || this.sent) continue
      this.say(this.dataset.sending)
      await this.send(bodyOf(draft), draft)
    }
  }

  // The server's answer says what to mend, with everything filled in but the photos, which are here; it takes this
  // form's place.
  async mend(html, draft) {
    await keep({ ...draft, waiting: false })
    const answered = new DOMParser().parseFromString(html, "text/html").querySelector("report-desk form")
    if (!answered) return this.wait(this.dataset.later)
    this.say("")
    this.form.replaceWith(answered)
    this.form = answered
    if (this.picker) draft.photos.forEach((photo) => this.picker.add(photo))
    const summary = this.querySelector("#error-summary")
    if (summary) summary.focus()
  }

  // --- the place, when the phone does not know it ------------------------------------------------------------------

  followPlaceWords() {
    const { address, town } = this.form.elements
    if (!address || !town) return
    for (const field of [address, town]) field.addEventListener("change", () => this.lookFor(address.value, town.value))
  }

  async lookFor(address, town) {
    const picker = this.querySelector("place-picker")
    const map = picker && picker.querySelector(".place-map svg")
    if (!map || (picker.value("longitude") && picker.value("accuracy_m"))) return
    const answer = await fetch(`${picker.dataset.map}?${new URLSearchParams({ address, town })}`).catch(() => null)
    if (!answer || !answer.ok) return
    const drawn = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement
    if (drawn.nodeName !== "svg") return
    map.replaceWith(document.importNode(drawn, true))
    if (drawn.dataset.pin) picker.set(...drawn.dataset.pin.split(",").map(Number))
    picker.placePin()
  }
}

function bodyOf({ client_id, fields, photos, at }) {
  const body = new FormData()
  body.append("client_id", client_id)
  body.append("seen_at", at)
  fields.forEach(([name, value]) => body.append(name, value))
  photos.forEach((photo) => body.append("photos", photo, "photo.jpg"))
  return body
}

customElements.define("report-desk", ReportDesk)
