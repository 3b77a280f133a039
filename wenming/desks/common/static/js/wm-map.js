// <wm-map data-points="….geojson" data-shapes="….geojson" data-tiles="…/{z}/{x}/{y}.png">a drawn map</wm-map>
// The drawn picture comes first; OpenLayers (about 110 KB) is fetched when asked for, or at once with data-eager.

customElements.define("wm-map", class extends HTMLElement {
  connectedCallback() {
    if (this.hasAttribute("data-eager")) return this.open()
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: this.dataset.wordsOpen })
    button.addEventListener("click", () => {
      button.remove()
      this.open()
    })
    this.append(button)
  }

  async open() {
    const [ol, points, shapes] = await Promise.all([
      import("../vendor/ol.js"), json(this.dataset.points), json(this.dataset.shapes), this.addStyle(),
    ])
    const canvas = Object.assign(document.createElement("div"), { className: "wm-map-canvas", tabIndex: 0 })
    canvas.setAttribute("role", "application")
    canvas.setAttribute("aria-label", this.dataset.words)
    this.replaceChildren(canvas)
    this.draw(ol, canvas, points, shapes)
  }

  addStyle() {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: this.dataset.style })
    return new Promise((done) => {
      link.onload = link.onerror = done
      document.head.append(link)
    })
  }

  draw(ol, target, points, shapes) {
    const colour = colours(this)
    const pins = vectorLayer(ol, points, (feature) => pinStyle(ol, colour, feature.get("state")))
    const areas = vectorLayer(ol, shapes, (feature) => areaStyle(ol, colour, feature.get("name")))
    const tiles = this.dataset.tiles ? [new ol.TileLayer({ source: new ol.XYZ({ url: this.dataset.tiles, attributions: this.dataset.credit || "" }) })] : []
    const view = new ol.View({ center: [0, 0], zoom: 2 })
    const map = new ol.Map({ target, view, layers: [...tiles, areas, pins], controls: ol.defaultControls({ attribution: tiles.length > 0 }) })
    const extent = [pins, areas].map((layer) => layer.getSource().getExtent()).find((box) => box && isFinite(box[0]))
    if (extent) view.fit(extent, { padding: [40, 40, 40, 40], maxZoom: 16 })
    map.on("singleclick", (event) => this.pick(map.forEachFeatureAtPixel(event.pixel, (feature) => feature, { layerFilter: (layer) => layer === pins, hitTolerance: 8 })))
    this.map = map
  }

  // The page may answer pick itself (one selection for list and map); else the pin is a link.
  pick(feature) {
    if (!feature) return
    const event = new CustomEvent("map-pick", { bubbles: true, cancelable: true, detail: feature.getProperties() })
    if (this.dispatchEvent(event) && feature.get("url")) location.href = feature.get("url")
  }
})

async function json(url) {
  if (!url) return { type: "FeatureCollection", features: [] }
  return (await fetch(url)).json()
}

function colours(element) {
  const style = getComputedStyle(element)
  return (name) => style.getPropertyValue(`--${name}`).trim()
}

function vectorLayer(ol, geojson, style) {
  const features = new ol.GeoJSON().readFeatures(geojson, { featureProjection: "EPSG:3857" })
  return new ol.VectorLayer({ source: new ol.VectorSource({ features }), style })
}

const made = new Map()

// The same shapes as the status tags: octagon, triangle, disc, disc with a tick's colour, square.
function pinStyle(ol, colour, state = "go") {
  if (made.has(state)) return made.get(state)
  const fill = new ol.Fill({ color: colour(state) || colour("go") })
  const stroke = new ol.Stroke({ color: state === "soon" ? colour("soon-ink") : "#FFF", width: 2 })
  const shape = { late: { points: 8, radius: 11, angle: Math.PI / 8 }, soon: { points: 3, radius: 11 }, hold: { points: 4, radius: 10, angle: Math.PI / 4 } }[state]
  const image = shape ? new ol.RegularShape({ ...shape, fill, stroke }) : new ol.Circle({ radius: 8, fill, stroke })
  made.set(state, new ol.Style({ image }))
  return made.get(state)
}

function areaStyle(ol, colour, name) {
  return new ol.Style({
    fill: new ol.Fill({ color: colour("map-land") }),
    stroke: new ol.Stroke({ color: colour("map-border"), width: 1, lineDash: [6, 5] }),
    text: new ol.Text({ text: name || "", font: "14px sans-serif", fill: new ol.Fill({ color: colour("map-name") }), overflow: false }),
  })
}
