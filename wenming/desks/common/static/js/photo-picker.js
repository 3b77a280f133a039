// <photo-picker>: shows photos, shrinks them to 1600 px and 350 KB, and where data-upload is given sends them while the
// form is still being read. What could not be sent early goes with the form, as it would without this script.
import { shrink } from "./shrink.js"

customElements.define("photo-picker", class extends HTMLElement {
  connectedCallback() {
    this.shots = []
    this.form = this.closest("form")
    this.list = this.querySelector("ul")
    this.doors = [...this.querySelectorAll("input[type=file]")]
    if (!this.makeTray()) return
    this.doors.forEach((door) => {
      door.removeAttribute("name")
      door.addEventListener("change", () => this.take(door))
    })
    if (this.form) this.form.addEventListener("submit", (event) => this.waitForPhotos(event))
    this.classList.add("is-ready")
    this.doors.forEach((door) => door.files.length && this.take(door))
  }

  // A hidden input that carries the shrunken files; browsers that cannot fill one keep the plain inputs.
  makeTray() {
    this.tray = Object.assign(document.createElement("input"), { type: "file", name: this.dataset.name, multiple: true, hidden: true })
    try {
      this.tray.files = new DataTransfer().files
    } catch {
      return false
    }
    this.append(this.tray)
    return true
  }

  async take(door) {
    const files = [...door.files]
    door.value = ""
    const room = Number(this.dataset.most) - this.shots.length
    if (files.length > room) this.say(this.dataset.wordsFull)
    await Promise.all(files.slice(0, Math.max(room, 0)).map((file) => this.add(file)))
  }

  say(words) {
    const line = this.list.appendChild(document.createElement("li"))
    line.append(Object.assign(document.createElement("p"), { textContent: words }))
    setTimeout(() => line.remove(), 8000)
  }

  add(original) {
    const shot = { file: original, line: this.list.appendChild(document.createElement("li")) }
    this.shots.push(shot)
    this.draw(shot)
    shot.shrunk = this.shrink(shot)
    shot.sending = shot.shrunk.then(() => this.send(shot))
  }

  async shrink(shot) {
    // What this phone cannot shrink goes as it is.
    const small = await shrink(shot.file).catch(() => shot.file)
    if (!this.shots.includes(shot)) return
    if (!small) return this.refuse(shot)
    shot.file = small
    this.preview(shot)
    this.note(shot, this.dataset.wordsReady)
    this.refill()
  }

  // Every photo is small and in the form; those still on their way up got `patience` ms to arrive, and go along if not.
  async ready(patience) {
    await Promise.all(this.shots.map(({ shrunk }) => shrunk))
    const enough = new Promise((done) => setTimeout(done, patience))
    await Promise.race([Promise.all(this.shots.map(({ sending }) => sending)), enough])
  }

  draw(shot) {
    const number = this.shots.indexOf(shot) + 1
    shot.frame = shot.line.appendChild(Object.assign(document.createElement("span"), { className: "photo" }))
    shot.words = shot.line.appendChild(document.createElement("p"))
    const remove = shot.line.appendChild(document.createElement("button"))
    Object.assign(remove, { type: "button", className: "button button-text button-small", textContent: this.dataset.wordsRemove })
    remove.setAttribute("aria-label", `${this.dataset.wordsRemove}${this.dataset.wordsPhoto} ${number}`)
    remove.addEventListener("click", () => this.remove_(shot))
  }

  preview(shot) {
    const image = shot.frame.appendChild(document.createElement("img"))
    image.alt = `${this.dataset.wordsPhoto} ${this.shots.indexOf(shot) + 1}`
    image.src = URL.createObjectURL(shot.file)
  }

  note(shot, words) {
    shot.words.textContent = words
  }

  refuse(shot) {
    this.shots.splice(this.shots.indexOf(shot), 1)
    shot.line.classList.add("is-refused")
    this.note(shot, this.dataset.wordsUnreadable)
  }

  remove_(shot) {
    this.shots = this.shots.filter((one) => one !== shot)
    shot.line.remove()
    this.refill()
    this.doors[0].focus()
  }

  async send(shot) {
    if (this.dataset.upload && this.shots.includes(shot)) await this.upload(shot)
    // Here and not while submitting: a form that is just being submitted takes no second submission.
    shot.settled = true
  }

  async upload(shot) {
    this.note(shot, this.dataset.wordsSending)
    try {
      const body = new FormData()
      body.append("photo", shot.file)
      const answer = await fetch(this.dataset.upload, { method: "POST", body, headers: { "X-CSRFToken": this.dataset.token } })
      if (!answer.ok) throw new Error(String(answer.status))
      this.receipt(shot, (await answer.json()).id)
    } catch {
      this.note(shot, this.dataset.wordsWaiting)
    }
  }

  receipt(shot, id) {
    shot.line.append(Object.assign(document.createElement("input"), { type: "hidden", name: `${this.dataset.name}_ids`, value: id }))
    shot.sent = true
    this.note(shot, this.dataset.wordsSent)
    this.refill()
  }

  refill() {
    const tray = new DataTransfer()
    this.shots.filter((shot) => !shot.sent).forEach(({ file }) => tray.items.add(file))
    this.tray.files = tray.files
    this.dispatchEvent(new CustomEvent("photos-changed", { bubbles: true, detail: { count: this.shots.length } }))
  }

  // The form follows its photos: one being shrunk is not in it yet, one half-way up would be sent twice.
  waitForPhotos(event) {
    const pending = this.shots.filter(({ settled }) => !settled)
    if (!pending.length) return
    event.preventDefault()
    const button = event.submitter
    if (button) button.setAttribute("aria-busy", "true")
    Promise.all(pending.map(({ sending }) => sending)).then(() => {
      if (this.form.requestSubmit) this.form.requestSubmit(button || undefined)
      else this.form.submit()
    })
  }
})
