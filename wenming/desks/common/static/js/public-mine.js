// <my-reports>: the receipts this phone knows. data-keep adds one, data-list shows them. They never leave the phone.

const PLACE = "wenming-mine"
const MOST = 50

function read() {
  try {
    return JSON.parse(localStorage.getItem(PLACE)) || []
  } catch {
    return []
  }
}

function write(reports) {
  try {
    localStorage.setItem(PLACE, JSON.stringify(reports.slice(0, MOST)))
    return true
  } catch {
    return false
  }
}

/** Adds { receipt, words, at } to the top of the list; false where the browser keeps nothing. */
export const remember = (report) => write([report, ...read().filter(({ receipt }) => receipt !== report.receipt)])

customElements.define("my-reports", class extends HTMLElement {
  connectedCallback() {
    if (this.dataset.keep) this.keep()
    if ("list" in this.dataset) this.draw()
  }

  keep() {
    const { keep: receipt, words, at } = this.dataset
    if (remember({ receipt, words, at })) this.querySelector("[data-saved-note]").textContent = this.dataset.saved
  }

  draw() {
    const reports = read()
    this.hidden = !reports.length
    this.querySelector("ul").replaceChildren(...reports.map((report) => this.line(report)))
  }

  line({ receipt, words, at }) {
    const line = document.createElement("li")
    const day = new Date(at).toLocaleDateString("zh-CN", { month: "long", day: "numeric" })
    const link = Object.assign(document.createElement("a"), {
      href: this.dataset.url.replace("RECEIPT", encodeURIComponent(receipt)), textContent: `${words} · ${day} · ${receipt}`,
    })
    const remove = Object.assign(document.createElement("button"), {
      type: "button", className: "button button-text button-small", textContent: this.dataset.remove,
    })
    remove.addEventListener("click", () => {
      write(read().filter((one) => one.receipt !== receipt))
      this.draw()
    })
    line.append(link, remove)
    return line
  }
})

const copy = document.querySelector("[data-copy]")
if (copy && navigator.clipboard) {
  copy.hidden = false
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.querySelector("[data-receipt]").textContent)
    copy.querySelector("span").textContent = copy.dataset.words
  })
}
