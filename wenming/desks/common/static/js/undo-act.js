// <undo-act><form>撤销</form></undo-act>: the offer ends after ten seconds; the server has the last word either way.
import "./keys.js"

const SECONDS = 10

customElements.define("undo-act", class extends HTMLElement {
  connectedCallback() {
    this.timer = setTimeout(() => this.withdraw(), SECONDS * 1000)
  }

  disconnectedCallback() {
    clearTimeout(this.timer)
  }

  withdraw() {
    // Someone who is on the button by keyboard is about to press it: the offer waits for them.
    if (this.contains(document.activeElement)) {
      this.addEventListener("focusout", () => this.remove(), { once: true })
    } else this.remove()
  }
})
