// Builds static/vendor/ from the locked packages. Run `npm ci && npm run build`; commit what comes out.
// The same lock file gives the same bytes, and VENDOR.json says where each of them came from.
import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs"
import { build } from "esbuild"

const OUT = new URL("../wenming/desks/common/static/vendor/", import.meta.url)
const MODULES = new URL("node_modules/", import.meta.url)
const TARGET = ["chrome90", "safari14"]

const text = (path) => readFileSync(new URL(path, MODULES), "utf8")
const about = (name) => JSON.parse(text(`${name}/package.json`))
const sha256 = (content) => createHash("sha256").update(content).digest("hex")

function licence(name) {
  const file = readdirSync(new URL(`${name}/`, MODULES)).find((entry) => /^licen[cs]e/i.test(entry))
  return file ? text(`${name}/${file}`) : `(${about(name).license}; the package carries no licence file)`
}

/** The packages whose files went into a bundle, by the longest node_modules path. */
function packagesIn(metafile) {
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs))
  const used = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  const names = used.map(([path]) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
  return [...new Set(names.filter(Boolean))].sort()
}

async function openLayers() {
  const result = await build({
    entryPoints: ["ol_entry.js"], bundle: true, minify: true, format: "esm", target: TARGET, legalComments: "none",
    write: false, metafile: true, absWorkingDir: new URL(".", import.meta.url).pathname,
  })
  return { file: "ol.js", content: result.outputFiles[0].text, packages: packagesIn(result.metafile) }
}

async function openLayersStyle() {
  const result = await build({
    stdin: { contents: text("ol/ol.css"), loader: "css" }, minify: true, target: TARGET, write: false,
  })
  return { file: "ol.css", content: result.outputFiles[0].text, packages: ["ol"] }
}

function htmx() {
  return { file: "htmx.min.js", content: text("htmx.org/dist/htmx.min.js"), packages: ["htmx.org"] }
}

function icons() {
  const names = JSON.parse(readFileSync(new URL("icons.json", import.meta.url), "utf8"))
  const symbols = names.map((name) => {
    const body = /<svg[^>]*>([\s\S]*)<\/svg>/.exec(text(`@tabler/icons/icons/outline/${name}.svg`))[1]
    return `<symbol id="${name}" viewBox="0 0 24 24">${body.replace(/<path stroke="none"[^>]*\/>/, "").replace(/\s*\n\s*/g, "")}</symbol>`
  })
  const content = `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`
  if (content.length > 12 * 1024) throw new Error(`icons.svg is ${content.length} bytes; the limit is 12 KiB`)
  return { file: "icons.svg", content, packages: ["@tabler/icons"] }
}

mkdirSync(OUT, { recursive: true })
const built = [htmx(), icons(), await openLayers(), await openLayersStyle()]
for (const { file, content } of built) writeFileSync(new URL(file, OUT), content)

const listed = built.map(({ file, content, packages }) => ({
  file, sha256: sha256(content),
  from: packages.map((name) => ({ name, version: about(name).version, licence: about(name).license })),
}))
writeFileSync(new URL("VENDOR.json", OUT), `${JSON.stringify(listed, null, 2)}\n`)

const names = [...new Set(built.flatMap(({ packages }) => packages))].sort()
const notices = names.map((name) => `${name} ${about(name).version}\n${"=".repeat(60)}\n${licence(name).trim()}\n`)
writeFileSync(new URL("LICENCES.txt", OUT), notices.join("\n\n"))
for (const { file, content } of built) console.log(`${file}: ${content.length} bytes`)
