/** Preferences stored in this browser: theme, language, split view, and each user's time zone and device width. */

import { changed } from './store.js'
import { guessZone } from './time.js'

const STORAGE_KEY = 'digest-demo'
const THEMES = ['auto', 'light', 'dark']

let saved = read()

// Another tab or the split view changed a preference.
addEventListener('storage', () => {
  saved = read()
  applyTheme()
  changed()
})

function read() {
  try {
    return JSON.parse(localStorage.getItem(STORAGE_KEY)) || {}
  } catch {
    return {} // storage blocked or invalid: the page works without memory
  }
}

export const getPreference = (name) => saved[name]

export function setPreference(name, value) {
  saved[name] = value
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(saved))
  } catch { /* as above */ }
  changed()
}

export const zoneOf = (user) => saved[`zone ${user?.id}`] || guessZone(user?.language_code)
export const setZone = (user, zone) => setPreference(`zone ${user.id}`, zone)
export const isPhone = (user) => saved[`phone ${user?.id}`] === true
export const setPhone = (user, phone) => setPreference(`phone ${user.id}`, phone)

export function applyTheme() {
  document.documentElement.dataset.theme = saved.theme || 'auto'
}

export function nextTheme() {
  const next = THEMES[(THEMES.indexOf(saved.theme || 'auto') + 1) % THEMES.length]
  setPreference('theme', next)
  applyTheme()
  return next
}
