// Acts without leaving the page: a form of the desk, or 撤销, is sent as it is, and the answer is the next case.
import { onKey } from "./keys.js"

export class Acts {
  constructor(desk) {
    this.desk = desk
    this.send = (event) => this.take(event)
    document.addEventListener("submit", this.send)
    // A needs its list of units; where that has not come yet, the key waits for it.
    onKey("A", () => (desk.isConnected && desk.choices.wait(), false))
  }

  stop() {
    document.removeEventListener("submit", this.send)
  }

  take(event) {
    const form = event.target
    if (!form.closest("#desk-detail, undo-act") || form.method !== "post" || event.defaultPrevented) return
    event.preventDefault()
    if (!this.acting) this.act(form, event.submitter)
  }

  async act(form, submitter) {
    const { desk } = this
    const undo = Boolean(form.closest("undo-act"))
    const number = undo ? "" : desk.number
    const next = undo ? desk.number : desk.list.after(number)
    const given = new FormData(form)
    if (submitter && submitter.name) given.set(submitter.name, submitter.value)
    given.set("next", desk.detailAddress(next, desk.list.after(next)))
    this.begin(form, number)
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body: given }).catch(() => null)
    this.acting = false
    desk.list.busy(number, false)
    desk.wait(false)
    if (!answer) return this.say(desk.dataset.wordsFailed.replace("{case}", number))
    // Logged out, or a page that is not the desk's: let the browser go there.
    if (answer.redirected && !new URL(answer.url).pathname.startsWith(desk.dataset.detail)) return location.reload()
    const text = await answer.text()
    if (answer.ok && desk.show(text)) return this.done(number)
    this.refused(text)
  }

  begin(form, number) {
    const { desk } = this
    this.acting = true
    desk.list.busy(number, true)
    desk.wait(true)
    form.querySelectorAll("button").forEach((button) => (button.disabled = true))
    if (number) this.say(desk.dataset.wordsBusy.replace("{case}", number.slice(-4)))
  }

  async done(number) {
    const { desk } = this
    history.replaceState(null, "", desk.address(desk.number))
    const row = desk.list.row(desk.number)
    if (row) row.focus({ preventScroll: true })
    desk.forget([number])
    await desk.news.ask([number, desk.number])
    const back = desk.list.row(desk.number)
    // Whoever is quicker than the news has begun the next act already: the focus stays where they put it.
    if (!back || desk.detail().contains(document.activeElement) || document.querySelector("dialog[open]")) return
    back.focus({ preventScroll: true })
    back.scrollIntoView({ block: "nearest" })
  }

  // The server's page says what is to be mended or what others did: its part takes the place of ours.
  refused(text) {
    const page = new DOMParser().parseFromString(text, "text/html")
    const detail = this.desk.detail()
    const said = page.querySelector("main [role=alert]")
    const fresh = page.querySelector(".next-step")
    const old = detail.querySelector(".next-step")
    if (fresh) this.desk.choices.fill(fresh)
    if (fresh && old) old.replaceWith(fresh)
    detail.querySelectorAll(".desk-refusal").forEach((one) => one.remove())
    if (said && !detail.contains(said)) {
      said.classList.add("desk-refusal")
      said.tabIndex = -1
      detail.prepend(said)
    }
    const first = detail.querySelector("#error-summary, [role=alert]")
    if (first) first.focus()
    else location.reload()
  }

  say(words) {
    const toasts = Object.assign(document.createElement("div"), { className: "toasts" })
    toasts.setAttribute("role", "status")
    toasts.append(Object.assign(document.createElement("div"), { className: "toast" }))
    toasts.firstChild.append(Object.assign(document.createElement("p"), { textContent: words }))
    this.desk.say(toasts)
  }
}
