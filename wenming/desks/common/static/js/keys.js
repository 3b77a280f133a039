// Single-letter keys: any button with data-key="D" answers to D; other modules register theirs with onKey.
// Inert while typing, while an input method is composing, with Ctrl/Alt/Meta held, and when the person has switched keys off.

const OFF = "wm-keys-off"
const handlers = new Map()

export const keysAreOff = () => localStorage.getItem(OFF) === "1"
export const switchKeys = (off) => (off ? localStorage.setItem(OFF, "1") : localStorage.removeItem(OFF))

export function onKey(key, handler) {
  handlers.set(key, [...(handlers.get(key) || []), handler])
}

const TYPING = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true], [role=combobox]"

function isTyping({ target, isComposing, keyCode }) {
  return isComposing || keyCode === 229 || (target.closest && target.closest(TYPING) !== null)
}

const isShown = (element) => element.getClientRects().length > 0 && !element.disabled

// The current row's own button comes before the page's: D on a selected row dispatches that row.
function buttonFor(key) {
  const row = document.querySelector("[data-row].is-current")
  const inRow = row ? [...row.querySelectorAll("[data-key]")] : []
  return [...inRow, ...document.querySelectorAll("[data-key]")].find(
    (button) => button.dataset.key.toUpperCase() === key && isShown(button),
  )
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event) || keysAreOff()) return
  if (document.querySelector("dialog[open]") && event.key !== "?") return
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key
  for (const handler of handlers.get(key) || []) {
    if (handler(event)) return event.preventDefault()
  }
  const button = buttonFor(key)
  if (button) {
    event.preventDefault()
    button.click()
  }
})
