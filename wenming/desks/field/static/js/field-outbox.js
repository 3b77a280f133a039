// <outbox-list>: what is in this phone, how each stands, and what may be done: send, mend, give once more, make a find of
// it, export, and only by its owner's own decision throw away.
import { sendAll, underWay } from "./field-send.js"
import { canKeep, change, drop, keep, newKey, photosOf, thingsOf } from "./field-store.js"
import { zipOf } from "./field-zip.js"

const SHOWN_FOR = 7 * 24 * 3600 * 1000

customElements.define("outbox-list", class extends HTMLElement {
  connectedCallback() {
    this.shell = document.querySelector("field-shell")
    this.words = this.dataset
    if (!canKeep()) return this.querySelector("[data-cannot]").removeAttribute("hidden")
    this.querySelector("[data-send]").addEventListener("click", () => this.send())
    this.querySelector("[data-export]").addEventListener("click", () => this.exportAll())
    document.addEventListener("outbox-changed", () => this.show())
    document.addEventListener("outbox-stopped", ({ detail }) => this.show((this.why = detail)))
    this.show()
  }

  get by() {
    return this.shell.dataset.by
  }

  send() {
    return sendAll(this.by, this.shell.dataset.uploads, this.shell.dataset.photos)
  }

  // Drawn whole each time, but not while it is being drawn: sending tells of every photo.
  async show() {
    if (this.drawing) return (this.again = true)
    this.drawing = true
    do {
      this.again = false
      await this.draw()
    } while (this.again)
    this.drawing = false
  }

  async draw() {
    const things = await thingsOf(this.by)
    const here = things.filter(({ state }) => state !== "arrived")
    const sizes = await Promise.all(here.map(({ key }) => photosOf(key)))
    const photos = sizes.flat()
    const said = { n: here.length, photos: photos.length, mb: megabytes(photos.reduce((sum, { file }) => sum + file.size, 0)) }
    this.querySelector("[data-sum]").textContent = here.length ? filled(this.words.sum, said) : this.words.none
    this.querySelector("[data-acts]").hidden = !here.length
    this.querySelector("[data-here]").replaceChildren(...here.map((thing, index) => this.line(thing, sizes[index].length)))
    await this.showArrived(things.filter(({ state }) => state === "arrived").reverse())
  }

  async showArrived(arrived) {
    const fresh = arrived.filter(({ arrivedAt }) => Date.now() - Date.parse(arrivedAt) < SHOWN_FOR)
    for (const { key } of arrived.filter((one) => !fresh.includes(one))) await drop(key)
    this.querySelector("[data-done]").hidden = !fresh.length
    this.querySelector("[data-done-sum]").textContent = filled(this.words.arrivedSum, { n: fresh.length })
    this.querySelector("[data-arrived]").replaceChildren(...fresh.map(({ title, receipt, arrivedAt, url }) =>
      made("li", {}, made("span", {}, title), url ? made("a", { href: url }, receipt) : receipt, made("span", { className: "muted" }, clock(arrivedAt)))))
  }

  line(thing, photos) {
    const facts = [clock(thing.at), photos ? filled(this.words.photosOf, { n: photos }) : ""].filter(Boolean).join(" · ")
    const words = made("p", { className: "outbox-state" }, this.stateOf(thing))
    const why = thing.state === "attention" ? [made("p", {}, this.whyOf(thing))] : []
    return made("li", { className: `is-${thing.state}` }, made("b", {}, thing.title), made("span", { className: "muted" }, facts), words, ...why, this.actsOf(thing))
  }

  stateOf({ key, state }) {
    if (underWay && underWay.key === key) return filled(this.words.sending, underWay)
    if (state !== "waiting") return this.words[state]
    return this.why ? this.words.away : this.words.waiting
  }

  whyOf({ why, status, now, receipt }) {
    if (receipt) return filled(this.words.other, { number: receipt })
    if (!why) return status === 404 ? this.words.gone : this.words.refused
    return now ? `${why} ${filled(this.words.now, { state: now })}` : why
  }

  actsOf(thing) {
    const acts = made("div", { className: "row" })
    const offer = (words, act) => acts.append(button(words, act))
    if (thing.state === "draft") acts.append(made("a", { className: "button", href: thing.href }, this.words.goOn))
    if (thing.state === "attention") this.offerMending(thing, acts, offer)
    if (thing.state === "attention" || thing.state === "draft") acts.append(this.away(thing))
    return acts
  }

  offerMending(thing, acts, offer) {
    if (typeof thing.again === "number") offer(this.words.again, () => this.giveAgain(thing))
    else if (thing.status !== 404 && thing.status === 422) acts.append(made("a", { className: "button", href: `${thing.href}#mend=${thing.key}` }, this.words.mend))
    if (thing.kind !== "find" && this.dataset.find) offer(this.words.makeFind, () => this.makeFind(thing))
  }

  // The same answer to the same question, now that its giver has seen that something happened in between.
  async giveAgain({ key, fields, again }) {
    const renewed = fields.map(([name, value]) => [name, name === "seen_moves" ? String(again) : value])
    await change(key, { fields: renewed, state: "waiting", why: "", again: null })
    await this.show()
    this.send()
  }

  // What was seen is worth a case of its own: its photos and words become the draft of a find.
  async makeFind(thing) {
    const photos = (await photosOf(thing.key)).map((photo, order) => ({ ...photo, id: newKey(), name: "photos", order, token: "", upload: "" }))
    const said = Object.fromEntries(thing.fields)
    const text = [thing.title, said.why_no || said.why_unseen, said.note].filter(Boolean).join("；")
    const key = newKey()
    const find = { key, by: thing.by, kind: "find", action: this.dataset.find, href: this.dataset.find, title: this.words.findTitle, fields: [["text", text]], at: thing.at, state: "draft" }
    if (!(await keep(find, photos.map((photo) => ({ ...photo, thing: key })), photos.map(({ id }) => id)))) return
    await drop(thing.key)
    location.assign(this.dataset.find)
  }

  // Opened first, then done: what is thrown away here is nowhere else.
  away({ key }) {
    const sure = made("details", { className: "answer" }, made("summary", { className: "button button-text" }, this.words.drop))
    sure.append(made("p", {}, this.words.dropWarning), button(this.words.dropSure, () => drop(key).then(() => this.show()), "button-danger"))
    return sure
  }

  async exportAll() {
    const things = (await thingsOf(this.by)).filter(({ state }) => state !== "arrived")
    const files = []
    for (const thing of things) {
      const photos = await photosOf(thing.key)
      photos.forEach(({ id, file }) => files.push([`photos/${id}.jpg`, file]))
      thing.photos = photos.map(({ id, name }) => ({ name, file: `photos/${id}.jpg` }))
    }
    files.unshift(["things.json", new Blob([JSON.stringify(things, null, 2)])])
    const address = URL.createObjectURL(await zipOf(files))
    made("a", { href: address, download: `wenming-outbox-${new Date().toISOString().slice(0, 16).replace(/\D/g, "")}.zip` }).click()
    setTimeout(() => URL.revokeObjectURL(address), 60000)
  }
})

const filled = (words, facts) => words.replace(/\{(\w+)\}/g, (_, name) => facts[name])
const megabytes = (bytes) => (bytes / 1048576).toFixed(1)
const clock = (at) => new Date(at).toTimeString().slice(0, 5)

function made(name, facts, ...inside) {
  const element = Object.assign(document.createElement(name), facts)
  element.append(...inside)
  return element
}

function button(words, act, kind = "") {
  const one = made("button", { type: "button", className: `button ${kind}`.trim() }, words)
  one.addEventListener("click", act)
  return one
}
