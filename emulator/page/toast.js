/** Short words that pass by, and words that wait for OK. */

import { el } from './dom.js'
import { t } from './words.js'

const SHOWN_MS = 4500

export function toast(text, url = null) {
  const words = url ? el('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, text || url) : text
  const node = el('div.toast', { 'data-testid': 'toast' }, words)
  document.getElementById('toasts').append(node)
  setTimeout(() => node.remove(), SHOWN_MS + 40 * text.length)
}

export function alertDialog(text) {
  const dialog = document.getElementById('alert')
  dialog.querySelector('p').textContent = text
  if (!dialog.open) dialog.showModal()
}

/** Do something that may fail, and tell why it did. True when it worked. */
export async function attempt(action) {
  try {
    await action()
    return true
  } catch (error) {
    toast(t('notSent', { error: error.message }))
    return false
  }
}
