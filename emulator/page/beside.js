/** A second person beside the first -> this page once more, as narrow as a phone, with an address of its own. */

import { el, icon } from './dom.js'
import { getPreference, setPreference } from './preferences.js'
import { store } from './store.js'
import { t } from './words.js'

const byId = (id) => document.getElementById(id)
const ALONE = window.top === window // what stands beside has nothing beside itself

const ROOMY = matchMedia('(min-width: 1500px)') // the list, two chats and the panel, none of them cramped

/** `makeRoom` closes the panel, where two chats and it do not fit side by side. */
export function setUpBeside(makeRoom) {
  byId('to-beside').append(icon('people'))
  byId('to-beside').addEventListener('click', () => {
    const wanted = getPreference('beside') !== true
    if (wanted && !ROOMY.matches) makeRoom()
    setPreference('beside', wanted)
  })
}

export function drawBeside() {
  const other = [...store.people.keys()].find((id) => id !== store.user)
  const possible = ALONE && other !== undefined
  const shown = possible && getPreference('beside') === true
  byId('to-beside').hidden = !possible
  byId('to-beside').setAttribute('aria-pressed', String(shown))
  byId('beside').hidden = !shown
  if (!shown) byId('beside').replaceChildren()
  else if (!byId('beside').firstElementChild) byId('beside').append(el('iframe', { src: `./#${other}`, title: t('beside'), 'data-testid': 'beside' }))
}
