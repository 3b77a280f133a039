// <outbox-form><form>…</form></outbox-form>: every tap is kept in the phone at once, and what is handed in goes into the
// outbox before anything is asked of the network. Where the browser keeps nothing the form is a plain form.
//
// data-kind, data-title; data-next: where to go when it waits for the network (without it the page stays and says so);
// data-once: one answer at a time, a second waits for the first; data-one-of="photos category text": what must not be
// all empty. A submit button with data-needs="field" wants that field chosen; data-other is the choice that wants words;
// data-unless="fail" wants no such answer marked, data-wants="answer_" some answer under a name that begins so.
import { sendAll } from "./field-send.js"
import { canKeep, drop, keep, newKey, photosOf, thing as thingWith, thingsOf } from "./field-store.js"

const PATIENCE = 2500
const NOT_KEPT = new Set(["client_id", "csrfmiddlewaretoken", "seen_at"])
// What the page knows better today than when the draft was begun: which question it asks, how often the case has moved.
const OF_THE_PAGE = new Set(["asked", "seen_moves"])

customElements.define("outbox-form", class extends HTMLElement {
  async connectedCallback() {
    this.form = this.querySelector("form")
    this.note = this.querySelector("[data-note]")
    this.shell = document.querySelector("field-shell")
    if (!this.form || !this.shell || !canKeep()) return
    this.begin(newKey())
    this.addEventListener("click", ({ target }) => (this.pressed = target.closest("button[type=submit]") || this.pressed))
    // Before the photo picker's own listener: it would hold the form back for as long as a photo takes.
    this.addEventListener("submit", (event) => this.handIn(event), true)
    for (const tap of ["input", "change", "photos-changed"]) this.addEventListener(tap, () => this.keepDraft())
    document.addEventListener("outbox-changed", () => this.handed && this.follow())
    // A page that comes back from the browser's memory carries the key of a record that was received.
    addEventListener("pageshow", ({ persisted }) => persisted && location.reload())
    for (const name of ["photo-picker", "place-picker"]) if (this.querySelector(name)) await customElements.whenDefined(name)
    await this.bringBack()
  }

  get by() {
    return this.shell.dataset.by
  }

  get words() {
    return this.shell.dataset
  }

  get pickers() {
    return [...this.querySelectorAll("photo-picker")]
  }

  begin(key, at = "") {
    Object.assign(this, { key, at, kept: new Map(), handed: false })
  }

  say(words, ...more) {
    this.note.hidden = !words
    this.note.replaceChildren(words, ...more)
    if (words) this.note.scrollIntoView({ block: "nearest" })
  }

  link(href, textContent) {
    return Object.assign(document.createElement("a"), { href, textContent, className: "button button-small" })
  }

  // --- the draft -----------------------------------------------------------------------------------------------------

  // Changes that come while one is being written are written together, at once after it.
  async keepDraft() {
    if (this.handed) return
    if (this.keeping) return (this.again = true)
    this.keeping = true
    do {
      this.again = false
      if (!this.handed) await this.write("draft")
    } while (this.again)
    this.keeping = false
  }

  async write(state, button = null) {
    this.at = this.at || new Date().toISOString()
    const photos = this.photos()
    const changed = photos.filter(({ id, file }) => this.kept.get(id) !== file)
    const written = await keep(this.record(state, button), changed, photos.map(({ id }) => id))
    if (written) changed.forEach(({ id, file }) => this.kept.set(id, file))
    return written
  }

  record(state, button) {
    const { kind } = this.dataset
    const at = state === "waiting" ? new Date().toISOString() : this.at
    return { key: this.key, by: this.by, kind, action: this.form.getAttribute("action"), href: location.pathname, title: this.title_(), fields: this.fields(button), at, state }
  }

  fields(button) {
    const names = this.pickers.map(({ dataset }) => dataset.name)
    const beside = new Set([...NOT_KEPT, ...names, ...names.map((name) => `${name}_ids`)])
    const filled = [...new FormData(this.form)].filter(([name, value]) => !beside.has(name) && typeof value === "string")
    return button && button.name ? [...filled, [button.name, button.value]] : filled
  }

  photos() {
    return this.pickers.flatMap((picker) =>
      (picker.shots || []).map((shot, order) => {
        shot.id = shot.id || newKey()
        return { id: shot.id, thing: this.key, name: picker.dataset.name, order, file: shot.file }
      }))
  }

  title_() {
    const chosen = [...this.form.querySelectorAll("input[type=radio]:checked")].map((one) => one.labels[0] && one.labels[0].textContent.trim())
    return [this.dataset.title, ...chosen].filter(Boolean).join(" · ")
  }

  async bringBack() {
    if (this.querySelector(".error-summary, [data-held]")) return
    const wanted = location.hash.startsWith("#mend=") ? location.hash.slice(6) : ""
    // A page may hold several forms: each brings back its own.
    const action = this.form.getAttribute("action")
    const mine = (await thingsOf(this.by)).filter((one) => one.href === location.pathname && one.action === action && one.state !== "arrived")
    const waits = mine.find(({ state, key }) => state === "waiting" || (state === "attention" && key !== wanted))
    if ("once" in this.dataset && waits) return this.alreadyAnswered(waits)
    const found = mine.find(({ key }) => key === wanted) || mine.filter(({ state }) => state === "draft").pop()
    if (found) await this.fillFrom(found)
  }

  alreadyAnswered({ state }) {
    this.form.hidden = true
    this.say(state === "waiting" ? this.words.answered : this.words.attention, " ", this.link(this.words.outbox, this.words.toOutbox))
  }

  async fillFrom(found) {
    this.begin(found.key, found.at)
    for (const [name, value] of found.fields) this.fill(name, value)
    this.querySelectorAll("place-picker").forEach((place) => place.stayHere && place.stayHere())
    for (const { name, file } of await photosOf(found.key)) {
      const picker = this.pickers.find(({ dataset }) => dataset.name === name)
      if (picker) picker.add(file)
    }
    this.form.dispatchEvent(new CustomEvent("brought-back", { detail: found.fields }))
    const anew = Object.assign(document.createElement("button"), { type: "button", className: "button button-small", textContent: this.words.anew })
    anew.addEventListener("click", () => this.startAnew())
    this.say(found.why || this.words.restored, " ", anew)
  }

  fill(name, value) {
    const field = this.form.elements[name]
    if (!field || OF_THE_PAGE.has(name)) return
    if (field.type === "checkbox") field.checked = true
    else field.value = value
    const details = field.length ? [...field].find((one) => one.checked) : null
    if (details && details.closest("details")) details.closest("details").open = true
  }

  async startAnew() {
    this.handed = true
    await drop(this.key)
    location.replace(location.pathname)
    if (location.hash) location.reload()
  }

  // --- handing in ----------------------------------------------------------------------------------------------------

  async handIn(event) {
    event.preventDefault()
    event.stopImmediatePropagation()
    const button = event.submitter || this.pressed
    const lacking = this.lacking(button)
    if (lacking) return this.say(lacking)
    if (this.busy) return
    this.busy = true
    this.say(this.words.keeping)
    await Promise.all(this.pickers.filter(({ shots }) => shots && shots.length).map((picker) => picker.ready(0)))
    this.handed = true
    if (!(await this.write("waiting", button))) return this.sendPlainly(button)
    await this.follow(true)
    this.busy = false
  }

  lacking(button) {
    const said = new FormData(this.form)
    const filled = (name) => String(said.get(name) || "").trim()
    const { needs, other, unless, wants } = (button && button.dataset) || {}
    if (unless && this.form.querySelector(`input:checked[value="${unless}"]`)) return this.words.contradicts
    if (wants && !this.form.querySelector(`input:checked[name^="${wants}"]`)) return this.words.lacksAnswers
    if (needs && (!filled(needs) || (filled(needs) === other && !filled("note")))) return this.words.lacksReason
    const oneOf = (this.dataset.oneOf || "").split(" ").filter(Boolean)
    return oneOf.length && !this.photos().length && !oneOf.some(filled) ? this.words.lacksAll : ""
  }

  // The phone has no room, or keeps nothing: the form goes as it would without a script.
  sendPlainly(button) {
    if (button && button.name) this.form.append(Object.assign(document.createElement("input"), { type: "hidden", name: button.name, value: button.value }))
    this.form.submit()
  }

  // It is safe in the phone. If the network is good its number comes at once; if not, nobody waits for it.
  async follow(first = false) {
    const sent = first ? sendAll(this.by, this.words.uploads, this.words.photos) : null
    const patience = this.shell.why === "away" ? 0 : PATIENCE
    if (sent) await Promise.race([sent.catch(() => null), new Promise((done) => setTimeout(done, patience))])
    const now = await thingWith(this.key)
    if (!now || now.state === "arrived") return this.arrived(now)
    if (now.state === "attention") return this.mend(now)
    if (first) this.waits()
  }

  arrived(now) {
    if (!now || this.gone) return
    this.gone = true
    if ("next" in this.dataset) say_(this.words.arrived.replace("{number}", now.receipt))
    location.replace(now.url)
  }

  // Handed in, looked at and not taken: the form stands as it was, with the reason, and is the draft again.
  mend({ why }) {
    this.handed = false
    this.say(why || this.words.attention)
  }

  waits() {
    if ("next" in this.dataset) {
      say_(this.words.kept)
      return location.assign(this.dataset.next)
    }
    this.form.hidden = true
    this.querySelector("[data-after]").hidden = false
    this.say(this.words.kept, " ", this.link(this.words.outbox, this.words.toOutbox))
  }
})

// Said by the next page, as the server does after a form.
function say_(words) {
  try {
    sessionStorage.setItem("wenming-said", words)
  } catch {
    // A browser that keeps nothing says nothing.
  }
}
