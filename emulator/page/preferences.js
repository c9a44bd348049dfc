/** What this browser remembers: theme, the page's language, and for each person their zone and the width of their device. */

import { changed } from './store.js'
import { guessZone } from './time.js'

const KEY = 'digest-demo'
const THEMES = ['auto', 'light', 'dark']

let saved = read()

// Another page of this browser, or the one beside this, has chosen something.
addEventListener('storage', () => {
  saved = read()
  applyTheme()
  changed()
})

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) || {}
  } catch {
    return {} // storage forbidden or spoilt: the page works, it only forgets
  }
}

export const getPreference = (name) => saved[name]

export function setPreference(name, value) {
  saved[name] = value
  try {
    localStorage.setItem(KEY, JSON.stringify(saved))
  } catch { /* as above */ }
  changed()
}

export const zoneOf = (who) => saved[`zone ${who?.id}`] || guessZone(who?.language_code)
export const setZone = (who, zone) => setPreference(`zone ${who.id}`, zone)
export const isPhone = (who) => saved[`phone ${who?.id}`] === true
export const setPhone = (who, phone) => setPreference(`phone ${who.id}`, phone)

export function applyTheme() {
  document.documentElement.dataset.theme = saved.theme || 'auto'
}

export function nextTheme() {
  const next = THEMES[(THEMES.indexOf(saved.theme || 'auto') + 1) % THEMES.length]
  setPreference('theme', next)
  applyTheme()
  return next
}
