// <field-pack>: how this phone stands: is it installed, what is kept for offline work, how much room is left.
import { componentsKept } from "./field-components.js"
import { keepPack, packAt } from "./field-pack.js"
import { canKeep, fact } from "./field-store.js"

let offer = null
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault()
  offer = event
  document.querySelectorAll("[data-install]").forEach((one) => (one.hidden = false))
})

customElements.define("field-pack", class extends HTMLElement {
  connectedCallback() {
    this.state = this.querySelector("[data-state]")
    this.fetch = this.querySelector("[data-fetch]")
    this.querySelector("[data-cannot]").hidden = canKeep()
    this.fetch.hidden = !canKeep()
    if (!canKeep()) return
    this.fetch.addEventListener("click", () => this.bring())
    this.querySelector("[data-install]").addEventListener("click", () => offer && offer.prompt())
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist()
    this.show()
  }

  async bring() {
    const tell = (done, all) => (this.state.textContent = this.dataset.coming.replace("{done}", done).replace("{all}", all))
    const whole = await keepPack(this.dataset.pack, { tell, now: true }).catch(() => false)
    await this.show()
    if (!whole) this.state.textContent = this.dataset.broken
  }

  async show() {
    const pack = (await fact("pack")) || { pages: {} }
    const facts = { n: Object.keys(pack.pages).length, photos: pack.photos || 0, at: new Date((await packAt()) || 0).toTimeString().slice(0, 5) }
    this.state.textContent = pack.at ? this.dataset.kept.replace(/\{(\w+)\}/g, (_, name) => facts[name]) : this.dataset.none
    await this.showComponents()
    if (!navigator.storage || !navigator.storage.estimate) return
    const { quota = 0, usage = 0 } = await navigator.storage.estimate()
    const gigabytes = ((quota - usage) / 1073741824).toFixed(1)
    this.querySelector("[data-room]").textContent = this.dataset.room.replace("{gb}", gigabytes).replace("{mb}", (usage / 1048576).toFixed(1))
  }

  async showComponents() {
    const line = this.querySelector("[data-components]")
    const kept = await componentsKept()
    line.hidden = !kept || !kept.count
    if (!line.hidden) line.textContent = this.dataset[kept.cut ? "componentsCut" : "componentsKept"].replace("{n}", kept.count)
  }
})
