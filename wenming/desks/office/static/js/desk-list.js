// The desk's list: a part of it stands on the page, further parts come as they are reached. Lines come and go without
// moving what is being read.
const NEAR_THE_END = 12

export class List {
  constructor(desk) {
    this.desk = desk
    this.box = desk.querySelector("[data-list]")
    this.first = this.last = Number(desk.dataset.pageFirst)
    this.pages = Number(desk.dataset.pages)
    this.scroller = desk.querySelector(".workbench-list")
    this.before = desk.querySelector("[data-before]")
    this.later = desk.querySelector("[data-after]")
    this.scroller.addEventListener("scroll", () => this.reach(), { passive: true })
    for (const [link, load] of [[this.before, () => this.loadBefore()], [this.later, () => this.loadAfter()]]) {
      if (link) link.addEventListener("click", (event) => (event.preventDefault(), load()))
    }
  }

  rows() {
    return [...this.box.children]
  }

  row(number) {
    return number ? this.box.querySelector(`[data-number="${CSS.escape(number)}"]`) : null
  }

  // The number of the line after this one; before it where it is the last.
  after(number) {
    const row = this.row(number)
    const beside = row && (row.nextElementSibling || row.previousElementSibling)
    return beside ? beside.dataset.number : ""
  }

  mark(number) {
    for (const row of this.box.querySelectorAll(".is-current, [aria-current]")) {
      row.classList.remove("is-current")
      row.removeAttribute("aria-current")
    }
    const row = this.row(number)
    if (!row) return
    row.classList.remove("is-new")
    row.classList.add("is-current")
    row.querySelector("a").setAttribute("aria-current", "true")
  }

  busy(number, busy) {
    const row = this.row(number)
    if (row) row.toggleAttribute("data-busy", busy)
  }

  // Lines from elsewhere: known ones are renewed where they stand, new ones put in their place. Returns the new numbers.
  receive(lines) {
    const fresh = []
    this.keepingPlace(() => {
      for (const line of lines) {
        const old = this.row(line.dataset.number)
        if (old) renew(old, line)
        else if (this.insert(line)) fresh.push(line.dataset.number)
      }
    })
    return fresh
  }

  insert(line) {
    const next = this.rows().find((row) => row.dataset.place > line.dataset.place)
    const beyond = !next && this.last < this.pages
    const before = next && next === this.box.firstElementChild && this.first > 1
    if (beyond || before) return false
    line.classList.add("is-new")
    this.box.insertBefore(line, next || null)
    return true
  }

  drop(numbers) {
    this.keepingPlace(() => numbers.forEach((number) => {
      const row = this.row(number)
      if (row) row.remove()
    }))
  }

  total(count) {
    this.desk.querySelector("[data-total-shown]").textContent = count
    this.pages = Math.max(this.last, Math.ceil(count / Number(this.desk.dataset.listed)))
    this.box.closest("form").hidden = !this.box.children.length
  }

  // What stands under the eye stays there, whatever is put above it.
  keepingPlace(change) {
    const top = this.scroller.getBoundingClientRect().top
    const seen = this.row(this.desk.number) || this.rows().find((row) => row.getBoundingClientRect().bottom > top)
    const was = seen && seen.getBoundingClientRect().top
    change()
    if (seen && seen.isConnected) this.scroller.scrollTop += seen.getBoundingClientRect().top - was
  }

  // The end of what is loaded comes near: by keys or by scrolling.
  more(number) {
    const rows = this.rows()
    const at = rows.indexOf(this.row(number))
    if (at >= rows.length - NEAR_THE_END) this.loadAfter()
    if (at >= 0 && at < 2) this.loadBefore()
  }

  reach() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller
    if (scrollHeight - scrollTop - clientHeight < clientHeight) this.loadAfter()
    if (scrollTop < 40) this.loadBefore()
  }

  loadAfter() {
    if (this.last >= this.pages) return
    this.load(`page=${this.last + 1}`, (lines) => {
      this.last += 1
      this.box.append(...this.unknown(lines))
    })
  }

  loadBefore() {
    if (this.first <= 1) return
    this.load(`page=${this.first - 1}`, (lines) => {
      this.first -= 1
      this.keepingPlace(() => this.box.prepend(...this.unknown(lines)))
    })
  }

  // The page on which a case stands, in place of what is shown.
  async bring(number) {
    if (this.row(number)) return
    await this.loading
    await this.load(`case=${encodeURIComponent(number)}`, (lines, page) => {
      this.first = this.last = page
      this.box.replaceChildren(...lines)
    })
  }

  // Too much has moved to tell one by one: the page around the selected case, as it is now.
  again() {
    const address = `case=${encodeURIComponent(this.desk.number)}`
    return this.load(address, (lines, page) => {
      this.first = this.last = page
      this.box.replaceChildren(...lines)
      this.mark(this.desk.number)
    })
  }

  load(which, put) {
    if (this.loading) return this.loading
    this.loading = this.ask(which, put).finally(() => (this.loading = null))
    return this.loading
  }

  async ask(which, put) {
    const answer = await fetch(`${this.desk.dataset.rows}?${this.desk.filter}&${which}`).catch(() => null)
    if (!answer || !answer.ok || answer.redirected) return
    const page = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("ol")
    if (!page) return
    put([...page.children], Number(page.dataset.page))
    if (this.before) this.before.parentNode.hidden = this.first <= 1
    if (this.later) this.later.parentNode.hidden = this.last >= this.pages
  }

  unknown(lines) {
    return lines.filter((line) => !this.row(line.dataset.number))
  }

  // From the map: what lies in the frame is picked, as far as it stands in the list.
  pick(numbers) {
    for (const number of numbers) {
      const box = this.row(number) && this.row(number).querySelector(".pick input")
      if (box && !box.checked) box.click()
    }
  }
}

// The line itself stays, so that focus and the tick on it stay.
function renew(old, line) {
  const picked = old.querySelector(".pick input").checked
  const held = old.contains(document.activeElement)
  const current = old.classList.contains("is-current")
  old.innerHTML = line.innerHTML
  old.dataset.place = line.dataset.place
  old.querySelector(".pick input").checked = picked
  if (current) old.querySelector("a").setAttribute("aria-current", "true")
  if (held && document.activeElement === document.body) old.focus({ preventScroll: true })
}
