// <place-picker>: the position of the phone, and a pin on the drawn map that moves by touch, pointer and arrow keys.
// The map's <svg data-bounds="west,south,east,north"> says what it shows; data-map answers a new one for a far-off position.
// A desk that registers (data-datum) also types numbers, in any datum, looks an address up and comes closer.

const STEP = 0.02

customElements.define("place-picker", class extends HTMLElement {
  connectedCallback() {
    this.tools = this.querySelector("[data-place-tools]")
    this.note = this.querySelector("[data-place-note]")
    this.map = this.querySelector(".place-map")
    this.tools.hidden = !navigator.geolocation && !this.dataset.datum
    this.addEventListener("click", ({ target }) => target.closest("[data-locate]") && this.locate())
    if (this.dataset.datum) this.makeDesk()
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

  makeDesk() {
    this.datum = this.querySelector("select[name$=datum]")
    this.words = this.querySelector("input[type=text]")
    this.addEventListener("click", ({ target }) => {
      const closer = target.closest("[data-closer]")
      if (target.closest("[data-look-up]")) this.lookUp()
      else if (closer) this.come(Number(closer.dataset.closer))
    })
    this.addEventListener("change", ({ target }) => target.matches("[name$=longitude], [name$=latitude], [name$=datum]") && this.typed())
    // Enter in the address asks for the map, not for the whole form.
    this.words.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return
      event.preventDefault()
      this.lookUp()
    })
    this.readHere()
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
    const svg = await this.drawn({ longitude, latitude })
    const address = this.input("address")
    if (svg && !address.value && svg.dataset.address) address.value = svg.dataset.address
  }

  /** Put another drawing in the map's place; null where none came. */
  async drawn(asked) {
    const answer = await fetch(`${this.dataset.map}?${new URLSearchParams(asked)}`).catch(() => null)
    if (!answer || !answer.ok || !this.map) return null
    const svg = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement
    if (svg.nodeName !== "svg") return null
    this.map.querySelector("svg").replaceWith(document.importNode(svg, true))
    return svg
  }

  async lookUp() {
    const address = this.words.value.trim()
    if (!address) return this.words.focus()
    const svg = await this.drawn({ address })
    if (!svg) return this.say(this.dataset.wordsFar)
    const meant = JSON.parse(svg.dataset.meant || "[]")
    this.offer(meant)
    if (meant.length) this.take(...meant[0])
    else this.say(this.dataset.wordsUnknown.replace("{place}", address))
    this.placePin()
  }

  /** Several places may bear the name: the first is shown, the others stand ready. */
  offer(meant) {
    const offered = this.querySelector("[data-place-offers]")
    offered.hidden = meant.length < 2
    offered.replaceChildren(
      ...(meant.length < 2 ? [] : meant).map(([words, longitude, latitude]) => {
        const button = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent: words })
        button.addEventListener("click", async () => {
          await this.drawn({ longitude, latitude })
          this.take(words, longitude, latitude)
          this.placePin()
        })
        return button
      }),
    )
  }

  take(words, longitude, latitude) {
    this.set(longitude, latitude)
    this.say(this.dataset.wordsTaken.replace("{place}", words))
  }

  /** The numbers as somebody types them, in the datum that they name: the pin goes to where that is. */
  async typed() {
    const [longitude, latitude, datum] = [this.value("longitude"), this.value("latitude"), this.datum.value]
    this.here = null
    if (longitude && latitude && !(await this.drawn({ longitude, latitude, datum }))) this.say(this.dataset.wordsFar)
    this.readHere()
    this.placePin()
  }

  async come(closer) {
    const [west, south, east, north] = this.bounds()
    const [longitude, latitude] = this.here || [(west + east) / 2, (south + north) / 2]
    const svg = this.map.querySelector("svg")
    // What shows the whole city says no zoom: from there the first step goes to a town.
    const zoom = svg.dataset.zoom ? Number(svg.dataset.zoom) + closer : closer > 0 ? 13 : 10
    if (!(await this.drawn({ longitude, latitude, zoom }))) this.say(this.dataset.wordsFar)
    this.placePin()
  }

  /** Where the drawing says that the typed numbers lie. */
  readHere() {
    const svg = this.map && this.map.querySelector("svg[data-here]")
    if (svg && this.value("longitude") && svg.dataset.here) this.here = svg.dataset.here.split(",").map(Number)
  }

  set(longitude, latitude) {
    this.input("longitude").value = longitude.toFixed(6)
    this.input("latitude").value = latitude.toFixed(6)
    // What the map gives is told in the house's own datum.
    if (this.datum) [this.datum.value, this.here] = [this.dataset.datum, [longitude, latitude]]
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
    const [longitude, latitude] = this.here || [Number(this.value("longitude")), Number(this.value("latitude"))]
    return [(longitude - west) / (east - west), (north - latitude) / (north - south)]
  }

  toShare(x, y) {
    const [west, south, east, north] = this.bounds()
    this.set(west + x * (east - west), north - y * (north - south))
    if (this.input("accuracy_m")) this.input("accuracy_m").value = ""
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
