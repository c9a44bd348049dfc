/** Entry point: sets up all parts, redraws them when the store changes, and opens and closes panels. */

import { followEvents } from './api.js'
import { openLink } from './actions.js'
import { setUpDrop } from './drop.js'
import { drawSplitView, setUpSplitView } from './split_view.js'
import { drawOnboarding, setUpOnboarding } from './onboarding.js'
import { drawComposer, setUpComposer } from './composer.js'
import { drawConversation, focusConversation, setUpConversation } from './conversation.js'
import { icon } from './dom.js'
import { drawPanel, setUpPanel } from './panel.js'
import { drawChatList, setUpChatList } from './chat_list.js'
import { applyTheme, getPreference, isPhone, nextTheme, setPhone, setPreference } from './preferences.js'
import { setUpBotStatus } from './bot_status.js'
import { setUpCallbackAnswers } from './callback_queries.js'
import { applyEvent, loadState, onChange, currentUser, setOnline } from './store.js'
import { language, languages, t, translate } from './i18n.js'

const WIDE = matchMedia('(min-width: 1100px)')
const app = document.getElementById('app')
const byId = (id) => document.getElementById(id)
const ICONS = {
  __proto__: null,
  'to-list': 'back', 'to-panel': 'sliders', 'to-end': 'down', 'commands-button': 'menu', attach: 'attach', send: 'send', theme: 'contrast',
}

function togglePanel(open = !app.classList.contains('panel-open')) {
  const inside = byId('panel').contains(document.activeElement)
  app.classList.toggle('panel-open', open)
  byId('panel').inert = !open
  if (WIDE.matches) setPreference('panel', open)
  if (!open && inside) byId('to-panel').focus()
}

function draw() {
  translate(document)
  byId('language').textContent = t('switchLanguage')
  byId('language').setAttribute('aria-label', t('switchLanguageLabel'))
  const theme = getPreference('theme') || 'auto'
  label('theme', t('theme', { theme: t(`theme${theme[0].toUpperCase()}${theme.slice(1)}`) }))
  label('width', t(isPhone(currentUser()) ? 'desktop' : 'phone'))
  byId('width').replaceChildren(icon(isPhone(currentUser()) ? 'desktop' : 'phone'))
  byId('add-person').replaceChildren(icon('plus'), t('addChat'))
  drawChatList()
  drawOnboarding()
  drawComposer()
  drawConversation()
  drawSplitView()
  drawPanel()
}

function label(id, words) {
  byId(id).setAttribute('aria-label', words)
  byId(id).title = words
}

function setUp() {
  for (const [id, name] of Object.entries(ICONS)) byId(id).append(icon(name))
  setUpChatList(() => app.classList.remove('list-open'))
  setUpComposer()
  setUpConversation()
  setUpSplitView(() => togglePanel(false))
  setUpOnboarding()
  setUpBotStatus()
  setUpDrop()
  setUpPanel(togglePanel)
  setUpCallbackAnswers(openLink)
  byId('language').addEventListener('click', () => setPreference('language', languages.find((code) => code !== language())))
  byId('theme').addEventListener('click', nextTheme)
  byId('width').addEventListener('click', () => setPhone(currentUser(), !isPhone(currentUser())))
  byId('skip').addEventListener('click', (event) => { event.preventDefault(); focusConversation() })
  byId('to-list').addEventListener('click', () => app.classList.add('list-open'))
  for (const id of ['to-panel', 'clock-chip']) byId(id).addEventListener('click', () => togglePanel())
  byId('stage').addEventListener('click', (event) => {
    if (!WIDE.matches && !event.target.closest('#to-panel, #clock-chip')) togglePanel(false)
  })
  togglePanel(WIDE.matches && getPreference('panel') !== false)
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !WIDE.matches) togglePanel(false)
  })
}

applyTheme()
setUp()
onChange(draw)
followEvents({ onState: loadState, onEvent: applyEvent, onOnline: setOnline })
