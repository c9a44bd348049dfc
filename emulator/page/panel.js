/** Panel with the clock and the faults; a bottom sheet on phones. */

import { changeUser } from './actions.js'
import { post, remove } from './api.js'
import { el, icon, iconButton, reconcile } from './dom.js'
import { fleetSections } from './fleet.js'
import { setZone, zoneOf } from './preferences.js'
import { now, currentUser, store } from './store.js'
import { fromInput, offsetName, shortDay, timeOfDay, tomorrowAt, toInput, zones } from './time.js'
import { attempt } from './toast.js'
import { language, locale, t } from './i18n.js'

const EVERY_THIRD = Array.from({ length: 300 }, (_, at) => 3 * (at + 1))
const FAULTS = {
  __proto__: null,
  drop: { method: '*Message' },
  flood: { method: '*Message', retry_after: 5 },
  delay: { seconds: 3 },
  html502: { method: '*Message' },
  refuse: {},
}
const FREQUENCIES = { __proto__: null, nextOne: { times: 1 }, thirdTime: { nth: EVERY_THIRD }, forever: {} }
const IS_SHEET = matchMedia('(max-width: 719px)')
const byId = (id) => document.getElementById(id)

const chosenFrequency = { drop: 'nextOne', flood: 'nextOne', delay: 'forever', html502: 'nextOne', refuse: 'forever' }

export const moveBy = (seconds) => attempt(() => post('clock', { advance_seconds: seconds }))
const toBaseline = () => attempt(() => post('clock', { offset_seconds: store.clockBaseline }))
const moveTo = (instant) => attempt(() => post('clock', { now: new Date(instant).toISOString() }))
export const moveToMorning = () => moveTo(tomorrowAt(now(), zoneOf(currentUser()), 7, 59))

let closeSheet = () => {} // closes the sheet, which would cover the chat after the clock was moved

export function setUpPanel(toggle) {
  closeSheet = () => IS_SHEET.matches && toggle(false)
  byId('panel').addEventListener('keydown', (event) => event.key === 'Escape' && toggle(false))
  setInterval(drawTime, 1000)
  const close = iconButton('close', t('close'), { onclick: () => toggle(false), 'data-t-label': 'close', 'data-testid': 'close-panel' })
  byId('panel').append(el('header.bar', {}, el('h2', { 'data-t': 'panel' }), close), el('div.sections'))
}

export function drawPanel() {
  const user = currentUser()
  const title = byId('panel').querySelector('h2')
  title.dataset.t = store.fleet ? 'fleetPanel' : 'panel'
  title.textContent = t(title.dataset.t)
  byId('panel').setAttribute('aria-label', title.textContent)
  byId('panel').hidden = !user
  reconcile(byId('panel').querySelector('.sections'), user ? sections(user) : [])
  drawTime()
}

function sections(user) {
  const section = (key, make, ...dependencies) => ({ key, version: JSON.stringify([language(), ...dependencies]), make })
  return [
    ...fleetSections(),
    section('clock', () => clockSection(user), user.id, user.first_name, zoneOf(user), store.clockBaseline),
    section('user', () => userSection(user), user.id, user.first_name, user.blocked, user.refuses_rich, user.old_app),
    ...Object.keys(FAULTS).map((kind) => section(kind, () => faultRow(kind), rulesOf(kind), chosenFrequency[kind])),
    section('limits', limitsRow, store.limits.enabled),
    section('clear', clearRow, store.faults.length),
  ]
}

const rulesOf = (kind) => store.faults.filter((fault) => fault.kind === kind)

function drawTime() {
  const user = currentUser()
  if (!user) return
  const zone = zoneOf(user)
  const chip = timeOfDay(now(), zone)
  if (byId('clock-chip').dataset.time !== chip) {
    byId('clock-chip').dataset.time = chip
    byId('clock-chip').replaceChildren(icon('clock'), chip)
  }
  const input = document.querySelector('.goto input')
  if (input && input !== document.activeElement && input.dataset.offset !== String(store.clockOffset)) {
    input.value = toInput(now(), zone)
    input.dataset.offset = store.clockOffset
  }
  for (const node of document.querySelectorAll('[data-now]')) {
    const text = { time: timeOfDay(now(), zone, true), day: `${shortDay(now(), zone, locale())} · ${offsetName(now(), zone)}` }[node.dataset.now]
    if (node.textContent !== text) node.textContent = text
  }
}

function clockSection(user) {
  const zone = zoneOf(user)
  const button = (key, run) => el('button.soft-button', { type: 'button', onclick: run, 'data-testid': `clock-${key}` }, t(key))
  const input = el('input', { type: 'datetime-local', name: 'time', required: true, 'aria-label': t('goTo'), 'data-testid': 'clock-input' })
  const go = (event) => {
    event.preventDefault()
    moveTo(fromInput(input.value, zone)).then(closeSheet)
  }
  const options = zones().map((name) => el('option', { value: name, selected: name === zone }, name.replaceAll('_', ' ')))
  const pick = el('select', { 'data-testid': 'zone', onchange: (event) => setZone(user, event.target.value) }, options)
  return el('section.clock', { 'data-testid': 'clock' },
    el('p.face', { 'data-now': 'time', 'data-testid': 'clock-time' }), el('p.face-day', { 'data-now': 'day', 'data-testid': 'clock-day' }),
    el('button.big-button', { type: 'button', onclick: () => moveToMorning().then(closeSheet), 'data-testid': 'clock-tomorrow' }, t('tomorrow')),
    el('div.trio', {}, button('moveBy1', () => moveBy(60)), button('moveBy10', () => moveBy(600)), button('moveBy60', () => moveBy(3600))),
    el('form.goto', { onsubmit: go }, input, el('button.soft-button', { 'data-testid': 'clock-go' }, t('goTo'))),
    el('label', {}, el('span', {}, t('chooseZone', { name: user.first_name })), pick),
    el('button.text-button', { type: 'button', 'data-testid': 'clock-start', onclick: toBaseline }, t(store.clockBaseline ? 'toBaseline' : 'realTime')),
    el('p.help', {}, t('clockHelp')))
}

function row({ title, help, on, testid, toggle, extra }) {
  const onclick = () => attempt(() => toggle(!on))
  return el(on ? 'div.fault.on' : 'div.fault', {},
    el('button.switch', { type: 'button', role: 'switch', 'aria-checked': String(on), onclick, 'data-testid': testid },
      el('span', {}, el('strong', {}, title), el('span.help', {}, help)), el('span.knob', { 'aria-hidden': 'true' })), extra)
}

function userSection(user) {
  const toggle = (name, key, testid) => row({
    title: t(`${key}Title`, { name: user.first_name }), help: t(`${key}Help`), on: user[name], testid,
    toggle: (on) => changeUser({ [name]: on }),
  })
  return el('div', {}, el('h3', {}, t('faults')), el('p.help', {}, t('faultsHelp')),
    toggle('blocked', 'block', 'block'), toggle('refuses_rich', 'refuse', 'refuse-rich'), toggle('old_app', 'oldApp', 'have-old-app'))
}

function faultRow(kind) {
  const rules = rulesOf(kind)
  const on = rules.some((fault) => !fault.times || fault.fired < fault.times)
  const fired = rules.reduce((sum, fault) => sum + fault.fired, 0)
  const set = async (wanted) => {
    for (const fault of rules) await remove(`faults/${fault.id}`)
    if (wanted) await post('faults', { kind, ...FAULTS[kind], ...FREQUENCIES[chosenFrequency[kind]] })
  }
  const onchange = (event) => {
    chosenFrequency[kind] = event.target.value
    if (on) attempt(() => set(true))
  }
  const frequency = kind !== 'refuse' && el('select', { onchange, 'aria-label': t(`fault ${kind}`), 'data-testid': `frequency-${kind}` },
    Object.keys(FREQUENCIES).map((key) => el('option', { value: key, selected: key === chosenFrequency[kind] }, t(key))))
  const count = fired > 0 && kind !== 'refuse' && el('span.count', { 'data-testid': `fired-${kind}` }, t('fired', { count: fired }))
  const extra = el('div.extra', {}, frequency, count)
  return row({ title: t(`fault ${kind}`), help: t(`help ${kind}`), on, testid: `fault-${kind}`, toggle: set, extra })
}

function limitsRow() {
  const toggle = (enabled) => post('limits', { enabled })
  return row({ title: t('limits'), help: t('limitsHelp'), on: store.limits.enabled, testid: 'limits', toggle })
}

function clearRow() {
  const onclick = () => attempt(() => remove('faults'))
  return el('button.soft-button.clear', { type: 'button', disabled: !store.faults.length, onclick, 'data-testid': 'clear-faults' }, t('clear'))
}
