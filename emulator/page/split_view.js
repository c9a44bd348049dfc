/** Split view: shows a second user's chat in an iframe of this page, as narrow as a phone. */

import { el, icon } from './dom.js'
import { getPreference, setPreference } from './preferences.js'
import { store } from './store.js'
import { t } from './i18n.js'

const byId = (id) => document.getElementById(id)
const IS_TOP_WINDOW = window.top === window // no split view inside a split view

const EXTRA_WIDE = matchMedia('(min-width: 1500px)') // wide enough for list, two chats and panel

/** `makeRoom` closes the panel where it does not fit beside two chats. */
export function setUpSplitView(makeRoom) {
  byId('to-split-view').append(icon('people'))
  byId('to-split-view').addEventListener('click', () => {
    const isWanted = getPreference('splitView') !== true
    if (isWanted && !EXTRA_WIDE.matches) makeRoom()
    setPreference('splitView', isWanted)
  })
}

export function drawSplitView() {
  const other = [...store.users.keys()].find((id) => id !== store.userId)
  const isPossible = IS_TOP_WINDOW && other !== undefined
  const isShown = isPossible && getPreference('splitView') === true
  byId('to-split-view').hidden = !isPossible
  byId('to-split-view').setAttribute('aria-pressed', String(isShown))
  byId('split-view').hidden = !isShown
  if (!isShown) byId('split-view').replaceChildren()
  else if (!byId('split-view').firstElementChild) byId('split-view').append(el('iframe', { src: `./#${other}`, title: t('splitView'), 'data-testid': 'split-view' }))
}
