/** The control interface: requests that answer JSON or throw the server's own words, and the event stream that always comes back. */

const NAMES = ['user', 'chat', 'message', 'edit', 'delete', 'callback_answer', 'chat_action', 'inline_answer', 'unread', 'clock', 'commands', 'faults', 'fault_fired', 'limits']
const RETRY_MS = 1000

async function call(method, path, body) {
  const request = { method, headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) }
  const response = await fetch(`/control/${path}`, request)
  const answer = await response.json().catch(() => ({ error: `${response.status} ${response.statusText}` }))
  if (!response.ok) throw new Error(answer.error)
  return answer
}

export const get = (path) => call('GET', path)
export const post = (path, body) => call('POST', path, body)
export const remove = (path) => call('DELETE', path)

/**
 * Load the state, then follow what happens after it. On any break (the server stopped, the past is forgotten) start over
 * with a fresh state: what was missed is in it, and a server started anew is simply another state.
 */
export function follow({ onState, onEvent, onOnline }) {
  let source
  const again = () => {
    source?.close()
    onOnline(false)
    setTimeout(start, RETRY_MS)
  }
  async function start() {
    let state
    try {
      state = await get('state')
    } catch {
      return again()
    }
    onState(state)
    onOnline(true)
    source = new EventSource(`/control/events?since=${state.seq}`)
    source.onerror = again
    source.addEventListener('reset', again)
    for (const name of NAMES) source.addEventListener(name, (event) => onEvent(name, JSON.parse(event.data)))
  }
  start()
}
