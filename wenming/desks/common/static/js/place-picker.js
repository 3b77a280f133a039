// <place-picker>: the position of the phone, and a pin on the drawn map that moves by touch, pointer and arrow keys.
// The map's <svg data-bounds="west,south,east,north"> says what it shows; data-map answers a new one for a far-off position.

const STEP = 0.02

customElements.define("place-picker", class extends HTMLElement {
  connectedCallback() {
    this.tools = this.querySelector("[data-place-tools]")
    this.note = this.querySelector("[data-place-note]")
    this.map = this.querySelector(".place-map")
    this.tools.hidden = !navigator.geolocation
    this.addEventListener("click", ({ target }) => target.closest("[data-locate]") && this.locate())
    if (this.map) this.makePin()
    this.classList.add("is-ready")
    if (this.hasAttribute("data-auto") && !this.value("longitude")) this.locate()
  }

  input(name) {
    return this.querySelector(`input[name$="${name}"]`)
  }

  value(name) {
    return this.input(name).value
  }

  bounds() {
    const svg = this.map && this.map.querySelector("svg[data-bounds]")
    const text = svg ? svg.dataset.bounds : this.dataset.bounds
    return text ? text.split(",").map(Number) : null
  }

  /** The place of a draft is where it was seen, not where the phone is now. */
  stayHere() {
    if (!this.value("longitude")) return
    this.stays = true
    this.placePin()
  }

  locate() {
    this.stays = false
    this.say(this.dataset.wordsFinding)
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => this.found(coords),
      () => this.say(this.dataset.wordsRefused),
      { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 },
    )
  }

  async found({ longitude, latitude, accuracy }) {
    if (this.stays) return
    this.input("accuracy_m").value = Math.round(accuracy)
    this.set(longitude, latitude)
    this.say(this.dataset.wordsFound.replace("{m}", Math.round(accuracy)))
    if (this.dataset.map) await this.redraw(longitude, latitude)
    this.placePin()
  }

  async redraw(longitude, latitude) {
    const answer = await fetch(`${this.dataset.map}?longitude=${longitude}&latitude=${latitude}`).catch(() => null)
    if (!answer || !answer.ok || !this.map) return
    const svg = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement
    if (svg.nodeName !== "svg") return
    this.map.querySelector("svg").replaceWith(document.importNode(svg, true))
    const address = this.input("address")
    if (!address.value && svg.dataset.address) address.value = svg.dataset.address
  }

  set(longitude, latitude) {
    this.input("longitude").value = longitude.toFixed(6)
    this.input("latitude").value = latitude.toFixed(6)
    this.dispatchEvent(new Event("placed", { bubbles: true }))
  }

  say(words) {
    this.note.textContent = words
  }

  makePin() {
    this.pin = Object.assign(document.createElement("button"), { type: "button", className: "place-pin" })
    this.pin.setAttribute("aria-label", this.dataset.wordsPin)
    this.map.append(this.pin)
    this.map.addEventListener("click", (event) => this.toPointer(event))
    this.pin.addEventListener("keydown", (event) => this.nudge(event))
    this.placePin()
  }

  // Share of the map's width and height, from its upper left corner.
  share() {
    const [west, south, east, north] = this.bounds()
    const x = (Number(this.value("longitude")) - west) / (east - west)
    const y = (north - Number(this.value("latitude"))) / (north - south)
    return [x, y]
  }

  toShare(x, y) {
    const [west, south, east, north] = this.bounds()
    this.set(west + x * (east - west), north - y * (north - south))
    this.input("accuracy_m").value = ""
    this.say(this.dataset.wordsMoved)
    this.placePin()
  }

  placePin() {
    if (!this.pin) return
    const known = this.bounds() && this.value("longitude")
    const [x, y] = known ? this.share() : [-1, -1]
    this.pin.hidden = !known || x < 0 || x > 1 || y < 0 || y > 1
    this.pin.style.left = `${x * 100}%`
    this.pin.style.top = `${y * 100}%`
  }

  toPointer(event) {
    if (!this.bounds() || event.target === this.pin) return
    const box = this.map.getBoundingClientRect()
    this.toShare((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height)
  }

  nudge(event) {
    const move = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key]
    if (!move) return
    event.preventDefault()
    const [x, y] = this.share()
    const within = (value) => Math.min(Math.max(value, 0), 1)
    this.toShare(within(x + move[0]), within(y + move[1]))
  }
})
