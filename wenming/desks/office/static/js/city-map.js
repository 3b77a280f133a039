// <city-map>: the drawn picture first; when asked for, OpenLayers with the house's own vector tiles and a switch for each layer.
// No base map unless the city has set one (data-base: one address, or several over one another; data-base-crs: how its tiles are cut).

const FILLED = { water: "map-water", block: "", strip: "soon-tint", unit: "done-tint" }
const EDGES = { towns: 2.5, communities: 1.5, block: 1, strip: 1.5, unit: 1.5 }
// The layer of a tile that holds the points of its names: each stands in one tile only, so a place is named once.
const NAMES = "_names"
const SYMBOLS = { cases: ["go", 0, 7], components: ["hold", 4, 6], premises: ["done", 4, 5] }
// By what that is called whose page is opened.
const PAGES = { cases: "number", components: "code", places: "number", premises: "number" }

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
    const { base, baseCrs, credit, bounds } = this.dataset
    // CGCS2000 degrees and WGS 84's are one to a screen; the map turns them into its own as they come.
    const projection = baseCrs === "EPSG:3857" ? baseCrs : "EPSG:4326"
    const under = (base || "").split(" ").filter(Boolean).map((url) => new ol.TileLayer({ source: new ol.XYZ({ url, projection, attributions: credit || "" }) }))
    const view = new ol.View({ center: [0, 0], zoom: 10, maxZoom: 20 })
    this.map = new ol.Map({ target: canvas, view, layers: under, controls: ol.defaultControls({ attribution: Boolean(base) }) })
    const edges = bounds ? bounds.split(",").map(Number) : [73, 18, 135, 54]
    view.fit(ol.transformExtent(edges, "EPSG:4326", "EPSG:3857"))
    this.switches(ol)
    this.map.on("singleclick", (event) => this.pick(event.pixel, event.coordinate))
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
        source: new ol.VectorTileSource({ format: new ol.MVT(), url: box.dataset.url, maxZoom: box.dataset.kind === "point" ? 20 : 17 }),
        style: this.counting(ol, box.value, this.styleOf(ol, box.value, box.dataset.kind)),
        visible: box.checked,
        // Names give way to one another, things never do.
        declutter: box.dataset.kind !== "point",
        properties: { name: box.value },
      })
      box.addEventListener("change", () => layer.setVisible(box.checked))
      this.map.addLayer(layer)
    }
  }

  styleOf(ol, name, kind) {
    const colour = this.colour
    if (name === "places") return this.placeStyle(ol)
    if (kind === "point") return this.symbol(ol, ...SYMBOLS[name])
    const lines = { roads: ["map-road", 3], streets: ["brand", 4], strip: ["soon-ink", 1.5], unit: ["done-ink", 1.5] }
    const [line, width] = lines[name] || ["map-border", EDGES[name] || 0]
    const stroke = width ? new ol.Stroke({ color: colour(line), width, lineDash: name === "block" ? [4, 4] : undefined }) : undefined
    const tint = FILLED[name]
    const fill = kind === "area" ? new ol.Fill({ color: tint ? colour(tint) : "rgba(0,0,0,0)" }) : undefined
    const text = new ol.Text({ font: `${name === "towns" ? "600 15px" : "13px"} sans-serif`, fill: new ol.Fill({ color: colour("ink-2") }), stroke: new ol.Stroke({ color: colour("surface"), width: 3 }), overflow: true })
    const plain = new ol.Style({ fill, stroke })
    const named = new ol.Style({ text })
    return (feature) => {
      if (!feature.get("layer").endsWith(NAMES)) return plain
      text.setText(feature.get("name"))
      return named
    }
  }

  // Where a tile holds more than can be told apart it says how many lie where: a disc with their number, never nothing.
  counting(ol, name, style) {
    const fill = new ol.Fill({ color: this.colour("ink-2") })
    const stroke = new ol.Stroke({ color: this.colour(SYMBOLS[name]?.[0] || "brand"), width: 3 })
    const text = new ol.Text({ font: "600 12px sans-serif", fill: new ol.Fill({ color: this.colour("surface") }), overflow: true, declutterMode: "none" })
    const discs = [10, 13, 16, 19, 22].map((radius) => new ol.Style({ image: new ol.Circle({ radius, fill, stroke, declutterMode: "none" }), text }))
    return (feature) => {
      const many = feature.get("many")
      if (!many) return typeof style === "function" ? style(feature) : style
      text.setText(String(many))
      return discs[Math.min(discs.length, String(many).length) - 1]
    }
  }

  symbol(ol, tone, points, radius) {
    const fill = new ol.Fill({ color: this.colour(tone) })
    const stroke = new ol.Stroke({ color: this.colour("surface"), width: 1.5 })
    const image = points ? new ol.RegularShape({ points, radius, angle: points === 4 ? Math.PI / 4 : 0, fill, stroke }) : new ol.Circle({ radius, fill, stroke })
    return new ol.Style({ image })
  }

  // How a place is, by shape and by colour: 良好 a circle, 有缺损 a triangle, 较差 an octagon, not looked at a square.
  placeStyle(ol) {
    const stroke = new ol.Stroke({ color: this.colour("surface"), width: 1.5 })
    const fill = (name) => new ol.Fill({ color: this.colour(name) })
    const looks = {
      good: new ol.Circle({ radius: 6, fill: fill("done"), stroke }),
      worn: new ol.RegularShape({ points: 3, radius: 8, fill: fill("soon"), stroke }),
      poor: new ol.RegularShape({ points: 8, radius: 7, angle: Math.PI / 8, fill: fill("late"), stroke }),
      unknown: new ol.RegularShape({ points: 4, radius: 7, angle: Math.PI / 4, fill: fill("hold"), stroke }),
    }
    const styles = Object.fromEntries(Object.entries(looks).map(([condition, image]) => [condition, new ol.Style({ image })]))
    return (feature) => styles[feature.get("condition")] || styles.unknown
  }

  // What was clicked, in words; what has a page as a link. A number is looked at from nearer.
  pick(pixel, at) {
    const said = this.querySelector("[data-picked]")
    const found = []
    this.map.forEachFeatureAtPixel(pixel, (feature, layer) => { found.push([layer.get("name"), feature]) }, { hitTolerance: 6 })
    const view = this.map.getView()
    if (found.some(([, feature]) => feature.get("many"))) {
      view.setCenter(at)
      view.setZoom(view.getZoom() + 2)
    }
    const words = found.flatMap(([name, feature]) => this.words(name, feature))
    said.replaceChildren(...words.flatMap((each, i) => (i ? [" · ", each] : [each])))
  }

  words(name, feature) {
    if (feature.get("layer").endsWith(NAMES)) return []
    if (feature.get("many")) return [this.dataset.wordsMany.replace("{n}", feature.get("many"))]
    const known = feature.get(PAGES[name])
    if (known) return [this.link(`${this.dataset[name]}${known}/`, [feature.get("name"), known].filter(Boolean).join(" "))]
    const [code, words] = [feature.get("code"), feature.get("name")]
    if (this.dataset.grids && ["block", "strip", "unit"].includes(name)) return [this.link(`${this.dataset.grids}${code}/`, `${words} ${code}`)]
    return words ? [code ? `${words} ${code}` : words] : []
  }

  link(href, words) {
    return Object.assign(document.createElement("a"), { href, textContent: words })
  }
})
