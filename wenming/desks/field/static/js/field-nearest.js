// <nearest-components data-url="…">: the registered components at the position, as chips to be tapped or left alone.
// Nothing is chosen beforehand. Without network, or where it is too slow, those of the offline pack are offered; what was
// tapped stays tapped as long as it is near, and who has answered is not asked again.
import { componentsAt } from "./field-components.js"

const PATIENCE = 4000

customElements.define("nearest-components", class extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form")
    this.form.addEventListener("placed", () => this.askSoon())
    this.form.addEventListener("brought-back", ({ detail }) => this.bringBack(new Map(detail)))
    if (this.value("longitude")) this.ask()
  }

  disconnectedCallback() {
    clearTimeout(this.timer)
  }

  value(name) {
    return this.form.elements[name] ? this.form.elements[name].value : ""
  }

  // A draft says what was tapped when its place was known.
  bringBack(fields) {
    if (fields.has("component")) this.answer = fields.get("component")
    if (this.value("longitude")) this.ask()
  }

  // A pin that is being moved asks when it rests.
  askSoon() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.ask(), 400)
  }

  async ask() {
    const tapped = this.querySelector("input:checked")
    if (tapped) this.answer = tapped.value
    const asking = (this.asking = {})
    const near = (await this.fromNetwork()) || (await componentsAt(...["longitude", "latitude", "accuracy_m"].map((name) => parseFloat(this.value(name)))))
    if (this.isConnected && asking === this.asking) this.offer(near)
  }

  async fromNetwork() {
    const asked = new URLSearchParams(["longitude", "latitude", "accuracy_m"].map((name) => [name, this.value(name)]))
    const patience = new AbortController()
    const timer = setTimeout(() => patience.abort(), PATIENCE)
    const answer = await fetch(`${this.dataset.url}?${asked}`, { signal: patience.signal }).catch(() => null)
    const told = answer && answer.ok && !answer.redirected && (await answer.json().catch(() => null))
    clearTimeout(timer)
    return told && told.near
  }

  offer(near) {
    const tapped = this.querySelector("input:checked") // while the answer was on its way
    if (tapped) this.answer = tapped.value
    if (!near.length) return this.replaceChildren()
    const legend = make("legend", { textContent: this.dataset.legend }, make("span", { className: "optional", textContent: this.dataset.optional }))
    const chips = [...near.map((one) => this.chip(one.code, this.words(one))), this.chip("", this.dataset.noneOfThem)]
    this.replaceChildren(make("fieldset", { className: "form-field" }, legend, make("div", { className: "chips" }, ...chips)))
  }

  chip(value, words) {
    const input = make("input", { type: "radio", name: "component", id: `component_${value || "none"}`, value, checked: value === this.answer })
    return make("label", { className: "chip", htmlFor: input.id }, input, make("span", { textContent: words }))
  }

  words({ kind, name, owner, metres }) {
    return [[kind, name].filter(Boolean).join(" "), this.dataset.away.replace("{m}", metres), owner].filter(Boolean).join(this.dataset.comma)
  }
})

function make(tag, facts, ...children) {
  const made = Object.assign(document.createElement(tag), facts)
  made.append(...children)
  return made
}
