// <ghost-camera data-ghost="…">: the camera with the first photo lying over it at 40 %, so that before and after are taken
// from the same spot. Where a page may not have the camera it stays away, and the ordinary doors of the picker serve.

customElements.define("ghost-camera", class extends HTMLElement {
  connectedCallback() {
    const camera = navigator.mediaDevices
    if (!camera || !camera.getUserMedia || this.querySelector("button")) return
    this.append(button(this.dataset.words, "button", () => this.open()))
  }

  async open() {
    const wish = { video: { facingMode: "environment", width: { ideal: 1600 } }, audio: false }
    this.stream = await navigator.mediaDevices.getUserMedia(wish).catch(() => null)
    if (!this.stream) return this.sayPlainly()
    this.stage = this.drawStage()
    document.body.append(this.stage)
    this.video.srcObject = this.stream
    await this.video.play().catch(() => null)
    this.stage.querySelector("button").focus()
  }

  drawStage() {
    const stage = Object.assign(document.createElement("div"), { className: "ghost-stage" })
    stage.setAttribute("role", "dialog")
    stage.setAttribute("aria-modal", "true")
    stage.setAttribute("aria-label", this.dataset.words)
    this.video = Object.assign(document.createElement("video"), { playsInline: true, muted: true })
    const ghost = Object.assign(document.createElement("img"), { src: this.dataset.ghost, alt: this.dataset.wordsGhost })
    const acts = Object.assign(document.createElement("div"), { className: "ghost-acts" })
    acts.append(
      button(this.dataset.wordsShoot, "button button-primary", () => this.shoot()),
      button(this.dataset.wordsClose, "button", () => this.close()),
    )
    stage.append(this.video, ghost, acts)
    stage.addEventListener("keydown", (event) => this.key(event))
    return stage
  }

  // The page behind is covered: the focus stays on the two buttons, Escape leads back.
  key(event) {
    if (event.key === "Escape") return this.close()
    if (event.key !== "Tab") return
    event.preventDefault()
    const [shoot, close] = this.stage.querySelectorAll("button")
    ;(document.activeElement === shoot ? close : shoot).focus()
  }

  async shoot() {
    const { videoWidth: width, videoHeight: height } = this.video
    if (!width) return
    const canvas = Object.assign(document.createElement("canvas"), { width, height })
    canvas.getContext("2d").drawImage(this.video, 0, 0)
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9))
    this.close()
    this.closest("photo-picker").add(new File([blob], "photo.jpg", { type: "image/jpeg", lastModified: Date.now() }))
  }

  close() {
    this.stream.getTracks().forEach((track) => track.stop())
    this.stage.remove()
    this.querySelector("button").focus()
  }

  sayPlainly() {
    this.replaceChildren(Object.assign(document.createElement("p"), { className: "muted", textContent: this.dataset.wordsRefused }))
  }
})

function button(words, className, act) {
  const one = Object.assign(document.createElement("button"), { type: "button", className, textContent: words })
  one.addEventListener("click", act)
  return one
}
