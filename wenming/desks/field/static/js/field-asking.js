// Asking the server, and what its answers mean for something that waits in the phone.

const LONGEST = 90000

/** Nobody is logged in, or somebody else is: everything stays and waits for its owner. */
export class LogIn extends Error {}
/** Not now: too busy, or being restarted. */
export class Later extends Error {}
/** The server has looked at it and will not take it as it is: its owner must see why. */
export class Refused extends Error {
  constructor(said, status) {
    super(said.message || "")
    Object.assign(this, { said, status })
  }
}

/** fetch with the token of this session; a TypeError (no network) stays what it is. */
export async function asked(address, { headers = {}, ...more }) {
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), LONGEST)
  try {
    const answer = await fetch(address, {
      ...more, headers: { "X-CSRFToken": csrf(), ...headers }, redirect: "manual", credentials: "same-origin", cache: "no-store", signal: patience.signal,
    })
    answer.must = (...good) => must(answer, good)
    return answer
  } catch (error) {
    if (error.name === "AbortError") throw new TypeError("no answer in time")
    throw error
  } finally {
    clearTimeout(timer)
  }
}

// A page kept for hours has an old token in its forms; the cookie has the one that counts now.
function csrf() {
  const found = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)
  return found ? found[1] : ""
}

async function must(answer, good) {
  if (good.includes(answer.status)) return answer
  if (answer.type === "opaqueredirect") throw new LogIn()
  if (answer.status >= 500 || answer.status === 429 || answer.status === 423) throw new Later()
  const said = await answer.json().catch(() => null)
  if (!said && answer.status === 403) throw new LogIn()
  if (said && said.code === "handed-in.other-person") throw new LogIn(said.message)
  throw new Refused(said || { code: String(answer.status), message: "" }, answer.status)
}
