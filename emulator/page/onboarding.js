/** Onboarding: a card in the empty chat, then one line above the messages. The last step is to be the bot's admin. */

import { sendText } from './actions.js'
import { draft } from './composer.js'
import { moveBy, moveToMorning } from './panel.js'
import { el, icon, iconButton, reconcile } from './dom.js'
import { getPreference, setPreference } from './preferences.js'
import { changed, messagesOf, now, onEvent, currentUser, select, store } from './store.js'
import { t } from './i18n.js'

const ANSWER_WINDOW_MS = 3000 // a message this soon after a user action is an answer, not the digest
const byId = (id) => document.getElementById(id)

const CLOCK_JUMP_SECONDS = 600
const HOUR_SECONDS = 3600

const progress = { moved: false, arrived: false, lastActionAt: 0, offset: null }

export function setUpOnboarding() {
  onEvent('clock', ({ offset_seconds: offset }) => { progress.moved ||= offset > (progress.offset ?? offset) + CLOCK_JUMP_SECONDS })
  onEvent('message', (message) => {
    if (!message.from_bot) progress.lastActionAt = performance.now()
    else if (progress.moved && performance.now() - progress.lastActionAt > ANSWER_WINDOW_MS && currentUser()?.started) progress.arrived = true
  })
  byId('log').addEventListener('click', () => { progress.lastActionAt = performance.now() })
}

function step() {
  const started = currentUser().started || messagesOf(store.chatId).size > 0
  if (!started) return 1
  const dates = [...messagesOf(store.chatId).values()].map(({ date, from_bot: bot }) => ({ date, bot }))
  const moved = progress.moved || now() / 1000 - dates[0]?.date > HOUR_SECONDS
  const arrived = progress.arrived || dates.some(({ date, bot }, at) => at && bot && date - dates[at - 1].date > HOUR_SECONDS)
  if (!moved && !arrived) return 2
  if (!arrived) return 3
  return admin() && !getPreference('wasAdmin') ? 4 : finish()
}

const admin = () => [...store.users.values()].find(({ is_bot_admin: isAdmin }) => isAdmin)
const stepNumbers = () => [1, 2, 3, 4].slice(0, admin() ? 4 : 3)
const finish = () => stepNumbers().length + 1
const help = (number) => t(`step${number}Help`, { name: admin()?.first_name })

/** Open the admin's chat with a broadcast to begin with. */
function beAdmin() {
  const { id } = admin()
  setPreference('wasAdmin', true)
  select(id, id)
  draft(id, t('broadcastExample'))
}

/** Users who started the bot before the demo, such as the admin, skip onboarding. */
function isNew() {
  return !currentUser().started || [...messagesOf(store.chatId).values()].some(({ from_bot: bot, text }) => !bot && text.startsWith('/start'))
}

export function drawOnboarding() {
  const mine = currentUser() && store.chatId === store.userId
  progress.offset = store.clockOffset // the demo starts with a moved clock; only later moves count
  const at = mine ? step() : 0
  const finished = getPreference('onboardingClosed') === true || (mine && !isNew())
  const empty = mine && messagesOf(store.chatId).size === 0
  byId('welcome').hidden = !empty
  reconcile(byId('welcome'), empty ? [{ key: 'card', version: [at, finished, t('start'), store.bot.first_name, description()].join(), make: () => card(at, finished) }] : [])
  byId('onboarding').hidden = !mine || finished || empty
  reconcile(byId('onboarding'), byId('onboarding').hidden ? [] : [{ key: 'line', version: [at, t('start')].join(), make: () => banner(at) }])
}

/** What Telegram shows in an empty chat, in the language of the person's app. */
function description() {
  const language = (currentUser().language_code || '').split('-')[0]
  return store.descriptions[language] ?? store.descriptions[''] ?? ''
}

function card(at, finished) {
  const steps = stepNumbers().map((number) => el(number < at ? 'li.done' : 'li', {}, el('span.number', {}, number < at ? icon('check') : String(number)),
    el('div', {}, el('strong', {}, t(`step${number}`)), el('span', {}, help(number)))))
  return el('div.card', {}, el('img', { src: 'sunrise.svg', alt: '', width: 72, height: 72 }), el('h3', {}, store.bot.first_name),
    description() && el('p.about', { 'data-testid': 'description', lang: currentUser().language_code || '' }, description()),
    finished ? null : [el('p', {}, t('steps')), el('ol', {}, steps)])
}

const STEP_ACTIONS = {
  __proto__: null,
  1: () => ['start', () => sendText('/start')],
  2: () => ['tomorrow', moveToMorning],
  3: () => ['moveBy1', () => moveBy(60)],
  4: () => ['step4Action', beAdmin],
}

function banner(at) {
  const dots = stepNumbers().map((number) => el(number < at ? 'i.done' : number === at ? 'i.now' : 'i'))
  const [word, run] = at === finish() ? [] : STEP_ACTIONS[at]()
  return el('div.strip', { 'data-step': at }, el('span.steps', { 'aria-hidden': 'true' }, dots),
    el('p', {}, at === finish() ? t('stepsDone') : [el('strong', {}, `${at}. ${t(`step${at}`)}`), ' ', el('span', {}, help(at))]),
    word && el('button.small-button', { type: 'button', onclick: run, 'data-testid': 'onboarding-action' }, t(word, { name: admin()?.first_name })),
    iconButton('close', t('close'), { onclick: () => { setPreference('onboardingClosed', true); changed() }, 'data-testid': 'onboarding-close' }))
}
