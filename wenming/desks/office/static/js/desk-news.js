// What moves while the desk is looked at: asked for every ten seconds from where the last answer ended, and put in without
// taking the focus or the place from whoever is reading. N leads to what is new.
const EVERY = 10_000

export class News {
  constructor(desk) {
    this.desk = desk
    this.since = desk.dataset.since
    this.at = desk.dataset.at
    this.fresh = []
    this.line = desk.querySelector("[data-news-line]")
    this.line.querySelector("[data-see-new]").addEventListener("click", () => this.see())
    this.look = () => document.visibilityState === "visible" && this.ask()
    this.timer = setInterval(this.look, EVERY)
    document.addEventListener("visibilitychange", this.look)
  }

  stop() {
    clearInterval(this.timer)
    document.removeEventListener("visibilitychange", this.look)
  }

  // own: numbers on which this person has just acted, which are no news to them.
  ask(own = []) {
    // One question at a time; a second one waits, because it may be about what the first did not know yet.
    this.asking = (this.asking || Promise.resolve()).then(() => this.askNow(own))
    return this.asking
  }

  async askNow(own) {
    const { desk } = this
    const query = new URLSearchParams({ since: this.since, at: this.at })
    const answer = await fetch(`${desk.dataset.news}?${desk.filter}&${query}`).catch(() => null)
    if (!answer || !answer.ok || answer.redirected) return this.tell(desk.dataset.wordsLost)
    if (this.lost) this.tell("")
    if (answer.status === 204) return void (this.since = answer.headers.get("X-Desk-Since") || this.since)
    const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-news]")
    if (found) this.take(found, own)
  }

  take(found, own) {
    const { desk } = this
    this.since = found.dataset.since
    this.at = found.dataset.at
    if ("tooMuch" in found.dataset) return desk.list.again()
    const lines = [...found.querySelectorAll("[data-row]")]
    const gone = found.dataset.gone.split(" ").filter(Boolean)
    const moved = [...gone, ...lines.map((line) => line.dataset.number)]
    desk.forget(moved)
    desk.list.total(Number(found.dataset.total))
    const fresh = desk.list.receive(lines).filter((number) => !own.includes(number))
    const stays = gone.includes(desk.number) && !own.includes(desk.number) ? desk.number : ""
    desk.list.drop(gone.filter((number) => number !== stays))
    if (moved.includes(desk.number) && !own.includes(desk.number)) this.warn(Boolean(stays))
    this.fresh = [...this.fresh, ...fresh].filter((number) => desk.list.row(number))
    this.tell(this.fresh.length ? desk.dataset.wordsNew.replace("{n}", this.fresh.length) : "", this.fresh.length > 0)
    if (moved.length) desk.map.reload()
  }

  // The case on show was moved by somebody else: said beside it; its acts are refused by the server if they no longer fit.
  warn(gone) {
    const notice = this.desk.querySelector("[data-moved]")
    if (notice) notice.hidden = false
    const row = this.desk.list.row(this.desk.number)
    if (row && gone) row.classList.add("is-gone")
  }

  see() {
    const number = this.fresh.shift()
    const row = this.desk.list.row(number)
    this.tell(this.fresh.length ? this.desk.dataset.wordsNew.replace("{n}", this.fresh.length) : "", this.fresh.length > 0)
    if (row) row.focus()
  }

  tell(words, new_ = false) {
    this.lost = words === this.desk.dataset.wordsLost
    this.line.hidden = !words
    this.line.querySelector("span").textContent = words
    this.line.querySelector("[data-see-new]").hidden = !new_
  }
}
