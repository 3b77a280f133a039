// The part of OpenLayers that <wm-map> uses; the rest stays out of the bundle.
export { default as Map } from "ol/Map.js"
export { default as View } from "ol/View.js"
export { default as GeoJSON } from "ol/format/GeoJSON.js"
export { default as TileLayer } from "ol/layer/Tile.js"
export { default as VectorLayer } from "ol/layer/Vector.js"
export { default as VectorSource } from "ol/source/Vector.js"
export { default as XYZ } from "ol/source/XYZ.js"
export { defaults as defaultControls } from "ol/control/defaults.js"
export { Circle, Fill, RegularShape, Stroke, Style, Text } from "ol/style.js"
// What <grid-editor> uses beside it: borders that move for both neighbours.
export { default as Modify } from "ol/interaction/Modify.js"
export { default as Snap } from "ol/interaction/Snap.js"
// For <city-map>: the house's own vector tiles.
export { default as MVT } from "ol/format/MVT.js"
export { default as VectorTileLayer } from "ol/layer/VectorTile.js"
export { default as VectorTileSource } from "ol/source/VectorTile.js"
export { transformExtent } from "ol/proj.js"
