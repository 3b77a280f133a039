// <answers-here>: on 今天, what this phone has answered or found and not handed in yet is marked in the list.
import { canKeep, thingsOf } from "./field-store.js"

customElements.define("answers-here", class extends HTMLElement {
  connectedCallback() {
    if (!canKeep()) return
    document.addEventListener("outbox-changed", () => this.mark())
    this.mark()
  }

  async mark() {
    const { by, words, draft, looks } = this.dataset
    const said = { waiting: words, draft, attention: looks }
    const things = (await thingsOf(by)).filter(({ state }) => said[state])
    for (const task of this.querySelectorAll("a.task")) {
      const mine = things.filter(({ href }) => href === task.getAttribute("href")).pop()
      const line = task.querySelector("[data-here]")
      line.textContent = mine ? said[mine.state] : ""
      task.classList.toggle("is-answered", Boolean(mine && mine.state === "waiting"))
    }
  }
})
