// <camera-door><a href="/report/">…</a></camera-door>: the button opens the camera at once and takes the photo along to
// the form. Without this script it is a link to the form. What is needed only then is fetched only then.
const drafts = () => import("./public-drafts.js")

customElements.define("camera-door", class extends HTMLElement {
  connectedCallback() {
    this.link = this.querySelector("a")
    this.camera = Object.assign(document.createElement("input"), { type: "file", accept: "image/*", hidden: true })
    this.camera.setAttribute("capture", "environment")
    this.append(this.camera)
    this.link.addEventListener("click", (event) => {
      event.preventDefault()
      this.camera.click()
    })
    this.camera.addEventListener("change", () => this.takeAlong())
  }

  async takeAlong() {
    const photos = [...this.camera.files]
    if (!photos.length) return
    const { keep, newKey } = await drafts()
    await keep({ client_id: newKey(), fields: [], photos, waiting: false, at: new Date().toISOString() })
    location.assign(this.link.href)
  }
})

// What was solved lately is a picture story, but not at the price of the first second: it loads when it comes near.
const watcher = new IntersectionObserver((seen) => seen.forEach(({ isIntersecting, target }) => {
  if (!isIntersecting) return
  watcher.unobserve(target)
  const frames = target.querySelectorAll(".photo")
  target.dataset.later.split(" ").forEach((url, number) => {
    if (url && frames[number]) frames[number].append(Object.assign(document.createElement("img"), { src: url, alt: "" }))
  })
}))
document.querySelectorAll("[data-later]").forEach((pair) => watcher.observe(pair))

async function tellWhatWaits() {
  const { all } = await drafts()
  const waits = (await all()).some(({ waiting }) => waiting)
  document.querySelector("[data-waiting]").hidden = !waits
}
if (hasDrafts()) tellWhatWaits()

function hasDrafts() {
  try {
    return localStorage.getItem("wenming-drafts")
  } catch {
    return false
  }
}
