// <unit-picker><select>…: type part of a name, or the initials in an option's data-initials, instead of scrolling.
// The select stays the form's value; short lists keep it as it is.

const LONG = 9
let count = 0

customElements.define("unit-picker", class extends HTMLElement {
  connectedCallback() {
    this.select = this.querySelector("select")
    if (!this.select || this.select.multiple || this.select.options.length < LONG || this.box) return
    this.build()
    this.select.hidden = true
    this.select.tabIndex = -1
    this.show(this.chosen())
  }

  build() {
    const id = `unit-picker-${(count += 1)}`
    this.box = document.createElement("input")
    Object.assign(this.box, { type: "text", autocomplete: "off", placeholder: this.dataset.wordsPlaceholder, id: `${this.select.id}_search` })
    const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id }
    Object.entries(attributes).forEach(([name, value]) => this.box.setAttribute(name, value))
    this.copyNames()
    this.list = Object.assign(document.createElement("ul"), { id, className: "unit-picker-list", hidden: true })
    this.list.setAttribute("role", "listbox")
    this.list.setAttribute("aria-label", this.labelWords())
    this.append(this.box, this.list)
    this.listen()
  }

  copyNames() {
    for (const name of ["aria-describedby", "aria-invalid"]) {
      if (this.select.hasAttribute(name)) this.box.setAttribute(name, this.select.getAttribute(name))
    }
    const label = document.querySelector(`label[for="${this.select.id}"]`)
    if (label) label.htmlFor = this.box.id
  }

  labelWords() {
    const label = document.querySelector(`label[for="${this.box.id}"]`)
    return label ? label.textContent.trim() : this.dataset.wordsPlaceholder
  }

  listen() {
    this.box.addEventListener("input", () => this.search())
    this.box.addEventListener("focus", () => this.box.select())
    this.box.addEventListener("blur", () => setTimeout(() => this.close(), 120))
    this.box.addEventListener("keydown", (event) => this.press(event))
    this.list.addEventListener("mousedown", (event) => {
      event.preventDefault()
      const line = event.target.closest("[data-value]")
      if (line) this.choose(line.dataset.value)
    })
  }

  chosen() {
    return this.select.options[this.select.selectedIndex]
  }

  show(option) {
    this.box.value = option && option.value ? option.textContent.trim() : ""
  }

  matches() {
    const words = this.box.value.trim().toLowerCase()
    return [...this.select.options].filter(({ value, textContent, dataset }) =>
      value && (textContent.toLowerCase().includes(words) || (dataset.initials || "").toLowerCase().startsWith(words)))
  }

  search() {
    const found = this.matches().slice(0, 50)
    this.list.replaceChildren(...(found.length ? found.map((option, index) => this.line(option, index)) : [this.noLine()]))
    this.at = found.length ? 0 : -1
    this.mark()
    this.list.hidden = false
    this.box.setAttribute("aria-expanded", "true")
  }

  line(option, index) {
    const line = Object.assign(document.createElement("li"), { id: `${this.list.id}-${index}`, textContent: option.textContent.trim() })
    line.setAttribute("role", "option")
    line.dataset.value = option.value
    const group = option.closest("optgroup")
    if (group) line.append(Object.assign(document.createElement("span"), { className: "muted", textContent: ` ${group.label}` }))
    return line
  }

  noLine() {
    const line = Object.assign(document.createElement("li"), { textContent: this.dataset.wordsNone })
    line.setAttribute("role", "option")
    line.setAttribute("aria-disabled", "true")
    return line
  }

  mark() {
    const lines = [...this.list.querySelectorAll("[data-value]")]
    lines.forEach((line, index) => line.setAttribute("aria-selected", String(index === this.at)))
    const line = lines[this.at]
    if (line) line.scrollIntoView({ block: "nearest" })
    this.box.setAttribute("aria-activedescendant", line ? line.id : "")
  }

  press(event) {
    if (event.isComposing || event.keyCode === 229) return
    const count = this.list.querySelectorAll("[data-value]").length
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault()
      if (this.list.hidden) return this.search()
      this.at = (this.at + (event.key === "ArrowDown" ? 1 : -1) + count) % (count || 1)
      this.mark()
    } else if (event.key === "Enter" && !this.list.hidden && this.at >= 0) {
      event.preventDefault()
      this.choose(this.list.querySelectorAll("[data-value]")[this.at].dataset.value)
    } else if (event.key === "Escape") this.close()
  }

  choose(value) {
    this.select.value = value
    this.select.dispatchEvent(new Event("change", { bubbles: true }))
    this.close()
  }

  close() {
    if (!this.box.value.trim() && this.select.querySelector('option[value=""]')) this.select.value = ""
    this.list.hidden = true
    this.box.setAttribute("aria-expanded", "false")
    this.show(this.chosen())
  }
})
