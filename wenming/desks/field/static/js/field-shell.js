// <field-shell>: on every page of the field desk. It makes the desk work without network (service worker), sends what
// waits in the phone, and says how things stand: 离线 · 存本机 N 条.
import { keepPack, forgetPages, packAt } from "./field-pack.js"
import { sendAll } from "./field-send.js"
import { canKeep, fact, keepFact, takeOver, thingsOf } from "./field-store.js"

const TRY_AGAIN = [3, 10, 30, 60, 300]

customElements.define("field-shell", class extends HTMLElement {
  async connectedCallback() {
    this.line = this.querySelector("p")
    this.tries = 0
    this.why = navigator.onLine ? "" : "away"
    this.sayWhatWasDone()
    if (!canKeep()) return
    if (navigator.serviceWorker) this.work(navigator.serviceWorker)
    document.addEventListener("outbox-changed", () => this.show())
    document.addEventListener("outbox-stopped", ({ detail }) => this.stopped(detail))
    addEventListener("online", () => this.send())
    addEventListener("offline", () => this.stopped("away"))
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.send())
    document.addEventListener("submit", ({ target }) => target.action.endsWith(this.dataset.logOut) && forgetPages(), true)
    await takeOver(this.dataset.find)
    await this.oneOwner()
    this.show()
    this.send()
  }

  work(workers) {
    workers.register(this.dataset.worker, { scope: this.dataset.scope }).catch(() => null)
    workers.addEventListener("message", ({ data }) => data === "kept" && this.stopped("away"))
    if (workers.controller) workers.controller.postMessage("kept?")
  }

  // Pages kept for somebody else are not shown to whoever has the phone now.
  async oneOwner() {
    if ((await fact("owner")) === this.dataset.by) return
    await forgetPages()
    await keepFact("owner", this.dataset.by)
  }

  sayWhatWasDone() {
    let words = null
    try {
      words = sessionStorage.getItem("wenming-said")
      sessionStorage.removeItem("wenming-said")
    } catch {
      return
    }
    if (!words) return
    const said = Object.assign(document.createElement("p"), { className: "notice notice-done", textContent: words })
    said.setAttribute("role", "status")
    document.querySelector("main").prepend(said)
  }

  async send() {
    clearTimeout(this.retry)
    if (!(await this.waiting()).length) return this.refresh()
    await sendAll(this.dataset.by, this.dataset.uploads, this.dataset.photos)
  }

  async refresh() {
    if (!("pack" in this.dataset) || (navigator.connection && navigator.connection.saveData)) return
    const done = await keepPack(this.dataset.pack).catch(() => false)
    this.stopped(done ? "" : navigator.onLine ? "" : "away", false)
  }

  async waiting() {
    return (await thingsOf(this.dataset.by)).filter(({ state }) => state === "waiting")
  }

  async stopped(why, again = true) {
    this.why = why
    this.show()
    if (why === "") this.tries = 0
    else if (again && why !== "log-in") this.tryLater()
  }

  tryLater() {
    clearTimeout(this.retry)
    this.retry = setTimeout(() => this.send(), TRY_AGAIN[Math.min(this.tries++, TRY_AGAIN.length - 1)] * 1000)
  }

  async show() {
    const things = await thingsOf(this.dataset.by)
    const waiting = things.filter(({ state }) => state === "waiting").length
    const attention = things.filter(({ state }) => state === "attention").length
    if (waiting < this.waited) this.tries = 0 // it goes on, however badly
    this.waited = waiting
    this.count(waiting + attention)
    const parts = [this.standing(), await this.age(), waiting && this.dataset.waiting.replace("{n}", waiting), attention && this.dataset.looks.replace("{n}", attention)]
    this.line.textContent = parts.filter(Boolean).join(" · ")
    this.line.hidden = !this.line.textContent
  }

  standing() {
    if (this.why === "away") return this.dataset.away
    return this.why === "log-in" ? this.dataset.logIn : ""
  }

  // Without network the page may be hours old, and says so.
  async age() {
    const at = this.why === "away" ? await packAt() : null
    return at && this.dataset.age.replace("{at}", new Date(at).toTimeString().slice(0, 5))
  }

  count(number) {
    const tab = document.querySelector(`.bottom-tabs a[href="${this.dataset.outbox}"]`)
    if (!tab) return
    const badge = tab.querySelector("b") || tab.appendChild(document.createElement("b"))
    badge.textContent = number ? ` ${number}` : ""
  }
})
