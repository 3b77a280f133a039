// Acts behind their names: opening one puts the cursor into its first question; a digit picks that answer.
import { onKey } from "./keys.js"

const QUESTION = "input:not([type=hidden]), select:not([hidden]), textarea"

// Opening by key is followed by typing, so the key itself must not land in the field: wait for the next frame.
document.addEventListener("toggle", ({ target }) => {
  if (!target.matches || !target.matches("details.act") || !target.open) return
  requestAnimationFrame(() => {
    const question = target.querySelector(QUESTION) || target.querySelector("button[type=submit]")
    if (question) question.focus()
  })
}, true)

for (const digit of "123456789") onKey(digit, ({ target }) => pick(target, Number(digit)))

function pick(target, number) {
  const form = target.closest && target.closest(".act-form")
  const answer = form && form.querySelectorAll("input[type=radio]")[number - 1]
  if (!answer) return false
  answer.checked = true
  answer.focus()
  return true
}

// A: another unit than the one suggested.
onKey("A", () => {
  const form = document.querySelector("form[data-act=dispatches]")
  const unit = form && (form.querySelector("[role=combobox]") || form.querySelector("select"))
  if (unit) unit.focus()
  return Boolean(unit)
})
