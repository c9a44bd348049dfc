/** Toasts, alerts, and error reporting for actions that can fail. */

import { el } from './dom.js'
import { t } from './i18n.js'

const SHOWN_MS = 4500

export function toast(text, url = null) {
  const content = url ? el('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, text || url) : text
  const node = el('div.toast', { 'data-testid': 'toast' }, content)
  document.getElementById('toasts').replaceChildren(node) // one at a time, or they would move messages
  setTimeout(() => node.remove(), SHOWN_MS + 40 * text.length)
}

export function alertDialog(text) {
  const dialog = document.getElementById('alert')
  dialog.querySelector('p').textContent = text
  if (!dialog.open) dialog.showModal()
}

/** Run an action and show its error, if any; true on success. */
export async function attempt(action) {
  try {
    await action()
    return true
  } catch (error) {
    toast(t('notSent', { error: error.message }))
    return false
  }
}
