/** Client of the control API: requests that return JSON or throw the server's error, and a self-healing event stream. */

import { t } from './i18n.js'

const EVENT_NAMES = ['user', 'chat', 'message', 'edit', 'delete', 'callback_answer', 'chat_action', 'inline_answer', 'unread', 'clock', 'commands', 'descriptions', 'faults', 'fault_fired', 'limits', 'fleet']
const RETRY_MS = 1000

async function call(method, path, body) {
  const request = { method, headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) }
  const response = await fetch(`/control/${path}`, request).catch(() => { throw new Error(t('unreachable')) })
  const answer = await response.json().catch(() => ({ error: `${response.status} ${response.statusText}` }))
  if (!response.ok) throw new Error(answer.error)
  return answer
}

export const get = (path) => call('GET', path)
export const post = (path, body) => call('POST', path, body)
export const remove = (path) => call('DELETE', path)

/**
 * Load the state, then follow the events after it. If the connection breaks or events were dropped, load the state
 * again; this also covers a restarted server.
 */
export function followEvents({ onState, onEvent, onOnline }) {
  let source
  const restart = () => {
    source?.close()
    onOnline(false)
    setTimeout(start, RETRY_MS)
  }
  async function start() {
    let state
    try {
      state = await get('state')
    } catch {
      return restart()
    }
    onState(state)
    onOnline(true)
    source = new EventSource(`/control/events?since=${state.seq}`)
    source.onerror = restart
    source.addEventListener('reset', restart)
    for (const name of EVENT_NAMES) source.addEventListener(name, (event) => onEvent(name, JSON.parse(event.data)))
  }
  start()
}
