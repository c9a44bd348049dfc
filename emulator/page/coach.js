/** How far a newcomer has come -> the card with three steps, first large in the empty chat, then one line above the messages. */

import { sayText } from './actions.js'
import { moveBy, moveToMorning } from './drawer.js'
import { el, icon, iconButton, reconcile } from './dom.js'
import { getPreference, setPreference } from './preferences.js'
import { changed, messagesOf, now, onEvent, person, store } from './store.js'
import { t } from './words.js'

const ANSWER_MS = 3000 // what comes this soon after a person did something is an answer, not the morning
const byId = (id) => document.getElementById(id)

const JUMP_S = 600
const HOUR_S = 3600

const seen = { moved: false, arrived: false, did: 0, offset: null }

export function setUpCoach() {
  onEvent('clock', ({ offset_seconds: offset }) => { seen.moved ||= offset > (seen.offset ?? offset) + JUMP_S })
  onEvent('message', (message) => {
    if (!message.from_bot) seen.did = performance.now()
    else if (seen.moved && performance.now() - seen.did > ANSWER_MS && person()?.started) seen.arrived = true
  })
  byId('log').addEventListener('click', () => { seen.did = performance.now() })
}

function step() {
  const begun = person().started || messagesOf(store.chat).size > 0
  if (!begun) return 1
  const dates = [...messagesOf(store.chat).values()].map(({ date, from_bot: bot }) => ({ date, bot }))
  const moved = seen.moved || now() / 1000 - dates[0]?.date > HOUR_S
  const arrived = seen.arrived || dates.some(({ date, bot }, at) => at && bot && date - dates[at - 1].date > HOUR_S)
  if (!moved && !arrived) return 2
  return arrived ? 4 : 3
}

/** Who has started the bot before this story begins (an admin, say) has no first steps to take. */
function isNew() {
  return !person().started || [...messagesOf(store.chat).values()].some(({ from_bot: bot, text }) => !bot && text.startsWith('/start'))
}

export function drawCoach() {
  const mine = person() && store.chat === store.user
  seen.offset = store.clockOffset // the demo begins with a moved clock: only what is moved later counts
  const at = mine ? step() : 0
  const over = getPreference('coached') === true || (mine && !isNew())
  const empty = mine && messagesOf(store.chat).size === 0
  byId('welcome').hidden = !empty
  reconcile(byId('welcome'), empty ? [{ key: 'card', version: [at, over, t('start'), store.bot.first_name].join(), make: () => card(at, over) }] : [])
  byId('coach').hidden = !mine || over || empty
  reconcile(byId('coach'), byId('coach').hidden ? [] : [{ key: 'line', version: [at, t('start')].join(), make: () => strip(at) }])
}

function card(at, over) {
  const steps = [1, 2, 3].map((number) => el(number < at ? 'li.done' : 'li', {}, el('span.number', {}, number < at ? icon('check') : String(number)),
    el('div', {}, el('strong', {}, t(`hint${number}`)), el('span', {}, t(`hint${number}Help`)))))
  return el('div.card', {}, el('img', { src: 'sunrise.svg', alt: '', width: 72, height: 72 }), el('h3', {}, store.bot.first_name),
    over ? null : [el('p', {}, t('hint')), el('ol', {}, steps)])
}

const DO = {
  1: () => ['start', () => sayText('/start')],
  2: () => ['tomorrow', moveToMorning],
  3: () => ['moveBy1', () => moveBy(60)],
}

function strip(at) {
  const dots = [1, 2, 3].map((number) => el(number < at ? 'i.done' : number === at ? 'i.now' : 'i'))
  const [word, run] = DO[at]?.() ?? []
  return el('div.strip', { 'data-step': at }, el('span.steps', { 'aria-hidden': 'true' }, dots),
    el('p', {}, at > 3 ? t('hintDone') : [el('strong', {}, `${at}. ${t(`hint${at}`)}`), ' ', el('span', {}, t(`hint${at}Help`))]),
    word && el('button.small-button', { type: 'button', onclick: run, 'data-testid': 'coach-do' }, t(word)),
    iconButton('close', t('close'), { onclick: () => { setPreference('coached', true); changed() }, 'data-testid': 'coach-close' }))
}
