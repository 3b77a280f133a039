// The long lists of the acts (345 units, 420 kinds) come once for all cases, after the page.
const LATER = window.requestIdleCallback || ((act) => setTimeout(act, 200))

export class Choices {
  constructor(desk) {
    this.desk = desk
    LATER(() => this.wait())
  }

  wait() {
    this.coming = this.coming || this.bring()
    return this.coming
  }

  async bring() {
    const answer = await fetch(this.desk.dataset.choices).catch(() => null)
    if (!answer || !answer.ok || answer.redirected) return void (this.coming = null)
    this.found = await answer.json()
    this.desk.append(this.kinds())
    this.fill(this.desk)
  }

  kinds() {
    const list = Object.assign(document.createElement("datalist"), { id: "kinds" })
    list.append(...this.found.kinds.map((words) => Object.assign(document.createElement("option"), { value: words })))
    return list
  }

  fill(root) {
    if (!this.found) return
    for (const select of root.querySelectorAll("select[data-choices]")) {
      const known = new Set([...select.options].map((option) => option.value))
      const chosen = select.value
      const options = this.found[select.dataset.choices].filter(([code]) => !known.has(code)).map(option)
      select.append(...options)
      select.querySelectorAll("option").forEach((one) => this.name(one, select.dataset.choices))
      select.value = chosen
      delete select.dataset.choices
      grow(select)
    }
  }

  // The one that was filled in came without its initials.
  name(one, list) {
    const found = one.dataset.initials === undefined && this.found[list].find(([code]) => code === one.value)
    if (found) one.dataset.initials = found[2]
  }
}

// The list is long now: its picker builds itself, and whoever stood on the short one stands on the new one.
function grow(select) {
  const picker = select.closest("unit-picker")
  const held = select === document.activeElement
  if (picker && picker.isConnected && picker.connectedCallback) picker.connectedCallback()
  const box = picker && picker.querySelector("[role=combobox]")
  if (held && box) box.focus()
}

function option([value, words, initials]) {
  const one = Object.assign(document.createElement("option"), { value, textContent: words })
  one.dataset.initials = initials
  return one
}
