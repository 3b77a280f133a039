// <grid-editor data-cells data-save>a drawn map</grid-editor>: drag a border, and both neighbours move with it.
// OpenLayers' Modify moves every grid that has the corner; Snap holds on to the others. Without script the forms do it.

const NEAR = 13.5

customElements.define("grid-editor", class extends HTMLElement {
  connectedCallback() {
    const button = this.button(this.dataset.wordsOpen, () => {
      button.remove()
      this.open()
    })
    this.append(button)
  }

  button(words, act) {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: words })
    made.addEventListener("click", act)
    return made
  }

  async open() {
    const [ol] = await Promise.all([import("../vendor/ol.js"), this.addStyle()])
    const drawn = this.querySelector("svg")
    const bounds = drawn && drawn.dataset.bounds ? drawn.dataset.bounds.split(",").map(Number) : null
    const canvas = Object.assign(document.createElement("div"), { className: "wm-map-canvas", tabIndex: 0 })
    canvas.setAttribute("role", "application")
    canvas.setAttribute("aria-label", this.dataset.words)
    this.told = Object.assign(document.createElement("p"), { className: "muted" })
    this.told.setAttribute("role", "status")
    this.save = this.button(this.dataset.wordsSave, () => this.keep())
    this.save.disabled = true
    this.changed = new Set()
    this.replaceChildren(canvas, this.told, this.save)
    this.draw(ol, canvas, bounds)
  }

  addStyle() {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: this.dataset.style })
    return new Promise((done) => {
      link.onload = link.onerror = done
      document.head.append(link)
    })
  }

  draw(ol, target, bounds) {
    const of = (name) => getComputedStyle(this).getPropertyValue(name).trim()
    const style = (fill, line, width) => new ol.Style({
      fill: new ol.Fill({ color: `${of(fill)}22` }), stroke: new ol.Stroke({ color: of(line), width }),
    })
    const [plain, moved] = [style("--brand", "--brand", 1.5), style("--soon", "--soon-ink", 2.5)]
    // Degrees as they are: what nobody moved comes back to the last digit as it was sent.
    this.format = new ol.GeoJSON({ dataProjection: "EPSG:4326", featureProjection: "EPSG:4326" })
    this.source = new ol.VectorSource()
    const layer = new ol.VectorLayer({ source: this.source, style: (feature) => (this.changed.has(feature.getId()) ? moved : plain) })
    const view = new ol.View({ projection: "EPSG:4326", center: [113.38, 22.52], zoom: 12 })
    this.map = new ol.Map({ target, view, layers: [layer], controls: ol.defaultControls({ attribution: false }) })
    if (bounds) view.fit(bounds)
    const modify = new ol.Modify({ source: this.source, pixelTolerance: 10 })
    modify.on("modifyend", () => this.note())
    this.map.addInteraction(modify)
    this.map.addInteraction(new ol.Snap({ source: this.source, pixelTolerance: 10 }))
    this.map.on("moveend", () => this.look())
    // The first frame is no move: without anything drawn yet there would never be a second one.
    this.map.once("postrender", () => this.look())
  }

  // Only what the window shows, and nothing while something moved is not saved: no half of a border stays behind.
  async look() {
    if (this.changed.size) return
    if (this.map.getView().getZoom() < NEAR) {
      this.source.clear()
      this.told.textContent = this.dataset.wordsNear
      return
    }
    const box = this.map.getView().calculateExtent()
    const answer = await fetch(`${this.dataset.cells}?box=${box.join(",")}`)
    if (!answer.ok || this.changed.size) return
    const collection = await answer.json()
    this.seen = collection.seen
    this.source.clear()
    this.source.addFeatures(this.format.readFeatures(collection))
    this.before = new Map(this.source.getFeatures().map((feature) => [feature.getId(), corners(feature)]))
    this.told.textContent = ""
  }

  note() {
    for (const feature of this.source.getFeatures()) {
      if (this.before.get(feature.getId()) === corners(feature)) this.changed.delete(feature.getId())
      else this.changed.add(feature.getId())
    }
    this.source.changed()
    this.save.disabled = !this.changed.size
    this.told.textContent = this.dataset.wordsMoved.replace("{n}", this.changed.size)
  }

  async keep() {
    const moved = this.source.getFeatures().filter((feature) => this.changed.has(feature.getId()))
    const shapes = Object.fromEntries(moved.map((feature) => [feature.getId(), this.format.writeGeometryObject(feature.getGeometry())]))
    const token = document.querySelector("[name=csrfmiddlewaretoken]").value
    const answer = await fetch(this.dataset.save, {
      method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify({ seen: this.seen, shapes }),
    })
    const said = await answer.json().catch(() => ({ sentence: answer.statusText }))
    this.told.textContent = said.sentence
    if (answer.ok) location.reload()
  }
})

function corners(feature) {
  return JSON.stringify(feature.getGeometry().getCoordinates())
}
