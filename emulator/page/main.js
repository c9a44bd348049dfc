/** Brings the parts together: what changes in the store is drawn, what is laid out on a phone is opened and closed. */

import { follow } from './api.js'
import { openLink } from './actions.js'
import { drawBeside, setUpBeside } from './beside.js'
import { drawCoach, setUpCoach } from './coach.js'
import { drawComposer, setUpComposer } from './composer.js'
import { drawConversation, setUpConversation } from './conversation.js'
import { icon } from './dom.js'
import { drawDrawer, setUpDrawer } from './drawer.js'
import { drawPeople, setUpPeople } from './people.js'
import { applyTheme, getPreference, isPhone, nextTheme, setPhone, setPreference } from './preferences.js'
import { setUpPickup } from './pickup.js'
import { watchAnswers } from './presses.js'
import { applyEvent, loadState, onChange, person, setOnline } from './store.js'
import { language, languages, t, translate } from './words.js'

const WIDE = matchMedia('(min-width: 1100px)')
const app = document.getElementById('app')
const byId = (id) => document.getElementById(id)
const ICONS = {
  'to-list': 'back', 'to-drawer': 'sliders', 'to-end': 'down', 'commands-button': 'menu', attach: 'attach', send: 'send', theme: 'contrast',
}

function toggleDrawer(open = !app.classList.contains('drawer-open')) {
  const inside = byId('drawer').contains(document.activeElement)
  app.classList.toggle('drawer-open', open)
  byId('drawer').inert = !open
  if (WIDE.matches) setPreference('drawer', open)
  if (!open && inside) byId('to-drawer').focus()
}

function draw() {
  translate(document)
  byId('language').textContent = t('switchLanguage')
  byId('language').setAttribute('aria-label', t('switchLanguageLabel'))
  const theme = getPreference('theme') || 'auto'
  label('theme', t('theme', { theme: t(`theme${theme[0].toUpperCase()}${theme.slice(1)}`) }))
  label('width', t(isPhone(person()) ? 'desktop' : 'phone'))
  byId('width').replaceChildren(icon(isPhone(person()) ? 'desktop' : 'phone'))
  byId('add-person').replaceChildren(icon('plus'), t('addChat'))
  drawPeople()
  drawCoach()
  drawComposer()
  drawConversation()
  drawBeside()
  drawDrawer()
}

function label(id, words) {
  byId(id).setAttribute('aria-label', words)
  byId(id).title = words
}

function setUp() {
  for (const [id, name] of Object.entries(ICONS)) byId(id).append(icon(name))
  setUpPeople(() => app.classList.remove('list-open'))
  setUpComposer()
  setUpConversation()
  setUpBeside(() => toggleDrawer(false))
  setUpCoach()
  setUpPickup()
  setUpDrawer(toggleDrawer)
  watchAnswers(openLink)
  byId('language').addEventListener('click', () => setPreference('language', languages.find((one) => one !== language())))
  byId('theme').addEventListener('click', nextTheme)
  byId('width').addEventListener('click', () => setPhone(person(), !isPhone(person())))
  byId('to-list').addEventListener('click', () => app.classList.add('list-open'))
  for (const id of ['to-drawer', 'clock-chip']) byId(id).addEventListener('click', () => toggleDrawer())
  byId('stage').addEventListener('click', (event) => {
    if (!WIDE.matches && !event.target.closest('#to-drawer, #clock-chip')) toggleDrawer(false)
  })
  toggleDrawer(WIDE.matches && getPreference('drawer') !== false)
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !WIDE.matches) toggleDrawer(false)
  })
}

applyTheme()
setUp()
onChange(draw)
follow({ onState: loadState, onEvent: applyEvent, onOnline: setOnline })
