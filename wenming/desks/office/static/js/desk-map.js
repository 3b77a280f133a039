// <desk-map data-pins data-ground>server-drawn map</desk-map>: every pin of the list on a plain canvas (no WebGL) above the
// server's drawing, which is fetched anew for the part of the city moved to. Before this module the drawing has its own pins.
import { drawn, GROUP } from "./desk-pins.js"

const SETTLED = 250
const CLOSEST = 400_000
const CLICK = 4
const MANY = 40

customElements.define("desk-map", class extends HTMLElement {
  connectedCallback() {
    this.ground = this.querySelector("svg")
    if (!this.ground) return
    this.pins = []
    this.groups = []
    this.canvas = Object.assign(document.createElement("canvas"), { className: "desk-map-pins" })
    this.canvas.setAttribute("aria-hidden", "true")
    this.append(this.canvas, this.buttons())
    this.edges = edgesOf(this.ground)
    new ResizeObserver(() => this.fit(this.view ? null : this.edges)).observe(this)
    this.listen()
    this.reload()
  }

  buttons() {
    const bar = Object.assign(document.createElement("div"), { className: "desk-map-buttons no-print" })
    const acts = { wordsIn: () => this.zoom(2), wordsOut: () => this.zoom(0.5), wordsAll: () => this.all(), wordsBox: () => this.frame(!this.framing) }
    for (const [words, act] of Object.entries(acts)) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "button button-small", textContent: this.dataset[words] })
      button.addEventListener("click", act)
      bar.append(button)
      if (words === "wordsBox") this.boxButton = button
    }
    return bar
  }

  // Several changes in a row ask once.
  reload() {
    clearTimeout(this.again)
    this.again = setTimeout(() => this.load(), this.loaded ? 500 : 0)
  }

  async load() {
    const filter = this.closest("dispatch-desk").filter || ""
    const answer = await fetch(`${this.dataset.pins}?${filter}`).catch(() => null)
    if (!answer || !answer.ok || answer.redirected) return
    this.pins = (await answer.json()).pins
    this.classList.add("is-live")
    this.draw()
    // The first drawing leaves out names where its own pins are; ours lie above the names.
    if (!this.loaded && this.pins.length > MANY) this.renewGround()
    this.loaded = true
  }

  // --- what is seen: the middle in degrees, and pixels for a degree of longitude

  fit(edges) {
    this.width = this.clientWidth
    this.height = this.clientHeight
    const ratio = window.devicePixelRatio || 1
    Object.assign(this.canvas, { width: this.width * ratio, height: this.height * ratio })
    if (edges) this.see(edges)
    this.draw()
  }

  see([west, south, east, north]) {
    const lat = (south + north) / 2
    const flat = Math.cos((lat * Math.PI) / 180)
    const scale = Math.min(this.width / (east - west), (this.height * flat) / (north - south))
    this.view = { lon: (west + east) / 2, lat, scale, flat }
  }

  all() {
    this.see(this.edges)
    this.moved()
  }

  place(lon, lat) {
    const { view } = this
    return [this.width / 2 + (lon - view.lon) * view.scale, this.height / 2 - ((lat - view.lat) * view.scale) / view.flat]
  }

  degrees(x, y) {
    const { view } = this
    return [view.lon + (x - this.width / 2) / view.scale, view.lat - ((y - this.height / 2) * view.flat) / view.scale]
  }

  shown() {
    const [west, north] = this.degrees(0, 0)
    const [east, south] = this.degrees(this.width, this.height)
    return [west, south, east, north]
  }

  zoom(by, x = this.width / 2, y = this.height / 2) {
    const [lon, lat] = this.degrees(x, y)
    this.view.scale = Math.min(Math.max(this.view.scale * by, 200), CLOSEST)
    const [there, thereLat] = this.degrees(x, y)
    this.view.lon += lon - there
    this.view.lat += lat - thereLat
    this.moved()
  }

  moved() {
    this.draw()
    clearTimeout(this.settling)
    this.settling = setTimeout(() => this.renewGround(), SETTLED)
  }

  async renewGround() {
    const box = this.shown().map((edge) => edge.toFixed(5)).join(",")
    const answer = await fetch(`${this.dataset.ground}?box=${box}`).catch(() => null)
    if (!answer || !answer.ok || answer.redirected) return
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("svg")
    if (!fresh || box !== this.shown().map((edge) => edge.toFixed(5)).join(",")) return
    this.ground.replaceWith(fresh)
    this.ground = fresh
    this.draw()
  }

  // --- drawing

  draw() {
    if (this.drawing || !this.view || !this.width) return
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0
      this.layGround()
      this.groups = drawn(this)
      this.dataset.drawn = this.pins.length
    })
  }

  layGround() {
    const [west, south, east, north] = edgesOf(this.ground)
    const [left, top] = this.place(west, north)
    const [right, bottom] = this.place(east, south)
    Object.assign(this.ground.style, { left: `${left}px`, top: `${top}px`, width: `${right - left}px`, height: `${bottom - top}px` })
  }

  // The selected case; brought into sight where it is not.
  show(number) {
    this.number = number
    const pin = this.pins.find(([one]) => one === number)
    const [x, y] = pin && this.view ? this.place(pin[1], pin[2]) : [1, 1]
    if (x < 0 || y < 0 || x > this.width || y > this.height) {
      Object.assign(this.view, { lon: pin[1], lat: pin[2] })
      this.moved()
    }
    if (this.view) this.draw()
  }

  point(number) {
    if (number === this.pointed) return
    this.pointed = number
    if (this.view) this.draw()
  }

  // --- hands

  listen() {
    const { canvas } = this
    canvas.addEventListener("pointerdown", (event) => this.press(event))
    canvas.addEventListener("pointermove", (event) => this.drag(event))
    canvas.addEventListener("pointerup", (event) => this.release(event))
    canvas.addEventListener("pointercancel", () => this.letGo())
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault()
      this.zoom(event.deltaY < 0 ? 1.4 : 1 / 1.4, event.offsetX, event.offsetY)
    }, { passive: false })
  }

  press({ offsetX, offsetY, pointerId, shiftKey, button }) {
    if (button) return
    this.held = { x: offsetX, y: offsetY, lastX: offsetX, lastY: offsetY, far: false, box: this.framing || shiftKey }
    this.canvas.setPointerCapture(pointerId)
  }

  drag({ offsetX, offsetY, pointerType }) {
    const { held } = this
    if (!held) return this.hover(offsetX, offsetY)
    if (Math.hypot(offsetX - held.x, offsetY - held.y) > CLICK) held.far = true
    if (held.far && !held.box && pointerType !== "touch") {
      this.view.lon -= (offsetX - held.lastX) / this.view.scale
      this.view.lat += ((offsetY - held.lastY) * this.view.flat) / this.view.scale
      this.moved()
    }
    Object.assign(held, { lastX: offsetX, lastY: offsetY })
    if (held.box) this.draw()
  }

  release({ offsetX, offsetY }) {
    const { held } = this
    this.letGo()
    if (!held) return
    if (!held.far) this.choose(this.at(offsetX, offsetY))
    else if (held.box) this.pick(held)
  }

  letGo() {
    this.held = null
    this.draw()
  }

  frame(on) {
    this.framing = on
    this.boxButton.setAttribute("aria-pressed", String(on))
    this.canvas.classList.toggle("is-framing", on)
  }

  pick({ x, y, lastX, lastY }) {
    const [west, north] = this.degrees(Math.min(x, lastX), Math.min(y, lastY))
    const [east, south] = this.degrees(Math.max(x, lastX), Math.max(y, lastY))
    const inside = this.pins.filter(([, lon, lat]) => lon >= west && lon <= east && lat >= south && lat <= north)
    this.frame(false)
    this.tell("map-box", { numbers: inside.map(([number]) => number) })
  }

  at(x, y) {
    const near = this.groups.map((group) => [Math.hypot(group.x - x, group.y - y), group]).filter(([far]) => far < GROUP * 0.7)
    return near.length ? near.reduce((one, other) => (other[0] < one[0] ? other : one))[1] : null
  }

  // A group opens by going closer; one that cannot be taken apart gives its cases one after the other.
  choose(group) {
    if (!group) return
    const numbers = group.pins.map(([number]) => number)
    const spread = group.pins.some(([, lon, lat]) => Math.hypot(lon - group.pins[0][1], lat - group.pins[0][2]) * CLOSEST > GROUP)
    if (numbers.length > 1 && spread && this.view.scale < CLOSEST) return this.zoom(3, group.x, group.y)
    const next = numbers[(numbers.indexOf(this.number) + 1) % numbers.length]
    this.tell("map-pick", { number: next })
  }

  hover(x, y) {
    const group = this.at(x, y)
    this.canvas.title = group ? group.pins.slice(0, 3).map(([number]) => number).join(" ") : ""
    this.canvas.classList.toggle("is-over", Boolean(group))
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }))
  }
})

function edgesOf(svg) {
  return svg.dataset.bounds.split(",").map(Number)
}
