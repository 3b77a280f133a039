// <nearest-components data-url="…">: the registered components at the position, as chips to be tapped or left alone.
// Nothing is chosen beforehand; without network the question is simply not asked.

customElements.define("nearest-components", class extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form")
    this.form.addEventListener("placed", () => this.askSoon())
    if (this.value("longitude")) this.ask()
  }

  disconnectedCallback() {
    clearTimeout(this.timer)
  }

  value(name) {
    return this.form.elements[name] ? this.form.elements[name].value : ""
  }

  // A pin that is being moved asks when it rests.
  askSoon() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.ask(), 400)
  }

  async ask() {
    const asked = new URLSearchParams(["longitude", "latitude", "accuracy_m"].map((name) => [name, this.value(name)]))
    const chosen = this.value("component")
    const answer = await fetch(`${this.dataset.url}?${asked}`).catch(() => null)
    if (!answer || !answer.ok || answer.redirected || !this.isConnected) return
    this.innerHTML = await answer.text()
    const same = chosen && this.querySelector(`input[value="${CSS.escape(chosen)}"]`)
    if (same) same.checked = true
  }
})
