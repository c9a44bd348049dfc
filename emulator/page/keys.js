/** Draws buttons: the keyboard below a message, and the buttons inside a rich one. */

import { el } from './dom.js'
import { isWaiting } from './callback_queries.js'

const SAFE_SCHEME = /^(https?|tg):/i

export function keyboard(message, actions) {
  const rows = message.reply_markup?.inline_keyboard
  if (!rows?.length) return null
  return el('div.keyboard', { 'data-testid': 'keyboard' }, rows.map((row) =>
    el('div.keys', {}, row.map((button) => key(message, button, actions)))))
}

/** `label`: nodes to show instead of the button's text, which in a rich message is no string. */
export function key(message, button, actions, label = button.text) {
  const url = button.url || button.web_app?.url || button.login_url?.url
  const face = { 'data-testid': 'key', title: url || null }
  const style = button.style ? `.${button.style}` : ''
  if (url && SAFE_SCHEME.test(url)) {
    const onclick = (event) => actions.follow(event, url)
    return el(`a.key${style}`, { ...face, href: url, target: '_blank', rel: 'noopener noreferrer', onclick },
      el('span', {}, label), el('span.corner', { 'aria-hidden': 'true' }, '↗'))
  }
  const waiting = 'callback_data' in button && isWaiting(message, button.callback_data)
  const state = { type: 'button', disabled: 'disabled' in button, 'aria-busy': waiting ? 'true' : null, onclick: () => actions.key(message, button) }
  return el(`button.key${style}${waiting ? '.waiting' : ''}`, { ...face, ...state }, el('span', {}, label), waiting && el('span.spinner'))
}
