// <near-first><ul><li data-lon data-lat>…: the near ones first, computed in the phone; the position goes nowhere.
const METRES_PER_DEGREE = 111320

customElements.define("near-first", class extends HTMLElement {
  connectedCallback() {
    if (!navigator.geolocation || !this.querySelector("li[data-lon]")) return
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button button-small", textContent: this.dataset.wordsNear })
    this.note = Object.assign(document.createElement("span"), { className: "muted", textContent: this.dataset.wordsPrivate })
    const line = Object.assign(document.createElement("p"), { className: "row" })
    line.append(button, this.note)
    this.prepend(line)
    button.addEventListener("click", () => this.sort())
  }

  sort() {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => this.order(coords),
      () => (this.note.textContent = this.dataset.wordsRefused),
      { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 },
    )
  }

  order({ longitude, latitude }) {
    const list = this.querySelector("ul")
    const away = (line) => {
      if (!line.dataset.lon) return Infinity
      const x = (line.dataset.lon - longitude) * METRES_PER_DEGREE * Math.cos(latitude * Math.PI / 180)
      const y = (line.dataset.lat - latitude) * METRES_PER_DEGREE
      return Math.hypot(x, y)
    }
    // Compared, not subtracted: two without a place are equally far, and Infinity less Infinity is no number.
    const lines = [...list.children].map((line) => [away(line), line]).sort(([one], [other]) => (one > other) - (one < other))
    for (const [metres, line] of lines) {
      line.querySelector("[data-away]").textContent = this.words(metres)
      list.append(line)
    }
  }

  words(metres) {
    if (metres === Infinity) return ""
    if (metres < 1000) return this.dataset.wordsAway.replace("{m}", Math.round(metres))
    return this.dataset.wordsKm.replace("{km}", (metres / 1000).toFixed(1))
  }
})
