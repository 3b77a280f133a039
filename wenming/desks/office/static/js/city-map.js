// <city-map>: the drawn picture first; when asked for, OpenLayers with the house's own vector tiles and a switch for each layer.
// No base map unless the city has set one (data-base).

const FILLED = { water: "map-water", block: "", strip: "soon-tint", unit: "done-tint" }
const EDGES = { towns: 2.5, communities: 1.5, block: 1, strip: 1.5, unit: 1.5 }
const NAMED_FROM = { towns: 0, communities: 12.5, block: 14.5, strip: 15.5, unit: 15.5, roads: 14 }

customElements.define("city-map", class extends HTMLElement {
  connectedCallback() {
    this.drawn = this.querySelector("[data-drawn]")
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: this.dataset.wordsOpen })
    button.addEventListener("click", () => {
      button.remove()
      this.open()
    })
    this.drawn.before(button)
  }

  async open() {
    const [ol] = await Promise.all([import("../vendor/ol.js"), this.addStyle()])
    const canvas = Object.assign(document.createElement("div"), { className: "wm-map-canvas city-map-canvas", tabIndex: 0 })
    canvas.setAttribute("role", "application")
    canvas.setAttribute("aria-label", this.dataset.words)
    this.drawn.replaceWith(canvas)
    const style = getComputedStyle(this)
    this.colour = (name) => style.getPropertyValue(`--${name}`).trim()
    const { base, credit, bounds } = this.dataset
    const under = base ? [new ol.TileLayer({ source: new ol.XYZ({ url: base, attributions: credit || "" }) })] : []
    const view = new ol.View({ center: [0, 0], zoom: 10, maxZoom: 20 })
    this.map = new ol.Map({ target: canvas, view, layers: under, controls: ol.defaultControls({ attribution: Boolean(base) }) })
    const edges = bounds ? bounds.split(",").map(Number) : [73, 18, 135, 54]
    view.fit(ol.transformExtent(edges, "EPSG:4326", "EPSG:3857"))
    this.switches(ol)
    this.map.on("singleclick", (event) => this.pick(event.pixel))
    this.map.once("rendercomplete", () => canvas.setAttribute("data-ready", ""))
  }

  addStyle() {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: this.dataset.style })
    return new Promise((done) => {
      link.onload = link.onerror = done
      document.head.append(link)
    })
  }

  switches(ol) {
    const set = this.querySelector("[data-switches]")
    set.hidden = false
    for (const box of set.querySelectorAll("input")) {
      const layer = new ol.VectorTileLayer({
        source: new ol.VectorTileSource({ format: new ol.MVT(), url: box.dataset.url, maxZoom: 17 }),
        style: this.styleOf(ol, box.value, box.dataset.kind),
        visible: box.checked,
        declutter: true,
        properties: { name: box.value },
      })
      box.addEventListener("change", () => layer.setVisible(box.checked))
      this.map.addLayer(layer)
    }
  }

  styleOf(ol, name, kind) {
    const colour = this.colour
    if (kind === "point") {
      const fill = new ol.Fill({ color: colour(name === "cases" ? "go" : "hold") })
      const stroke = new ol.Stroke({ color: "#FFF", width: 1.5 })
      const image = name === "cases" ? new ol.Circle({ radius: 7, fill, stroke }) : new ol.RegularShape({ points: 4, radius: 6, angle: Math.PI / 4, fill, stroke })
      return new ol.Style({ image })
    }
    const width = name === "roads" ? 3 : EDGES[name] || 0
    const stroke = width ? new ol.Stroke({ color: colour(name === "roads" ? "map-road" : name === "strip" ? "soon-ink" : name === "unit" ? "done-ink" : "map-border"), width, lineDash: name === "block" ? [4, 4] : undefined }) : undefined
    const tint = FILLED[name]
    const fill = kind === "area" ? new ol.Fill({ color: tint ? colour(tint) : "rgba(0,0,0,0)" }) : undefined
    const text = new ol.Text({ font: `${name === "towns" ? "600 15px" : "13px"} sans-serif`, fill: new ol.Fill({ color: colour("ink-2") }), stroke: new ol.Stroke({ color: colour("surface"), width: 3 }), overflow: false })
    const plain = new ol.Style({ fill, stroke })
    const named = new ol.Style({ fill, stroke, text })
    return (feature, resolution) => {
      if (this.map.getView().getZoomForResolution(resolution) < (NAMED_FROM[name] ?? 99)) return plain
      text.setText(feature.get("name") || "")
      return named
    }
  }

  // What was clicked, in words; a case or a component as a link.
  pick(pixel) {
    const said = this.querySelector("[data-picked]")
    const found = []
    this.map.forEachFeatureAtPixel(pixel, (feature, layer) => { found.push([layer.get("name"), feature]) }, { hitTolerance: 6 })
    const words = found.flatMap(([name, feature]) => this.words(name, feature))
    said.replaceChildren(...words.flatMap((each, i) => (i ? [" · ", each] : [each])))
  }

  words(name, feature) {
    if (name === "cases") return [this.link(`${this.dataset.cases}${feature.get("number")}/`, feature.get("number"))]
    if (name === "components") return [this.link(`${this.dataset.components}${feature.get("code")}/`, feature.get("code"))]
    return feature.get("name") ? [`${feature.get("name")}${feature.get("code") ? ` ${feature.get("code")}` : ""}`] : []
  }

  link(href, words) {
    return Object.assign(document.createElement("a"), { href, textContent: words })
  }
})
