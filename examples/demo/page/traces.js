// The list of traces; each opens as a waterfall.

import { element, milliseconds } from './elements.js'

/**
 * @typedef {{ id: string, parent: string | null, name: string, kind: string, start: number, end: number, error: string | null,
 *   attributes: Record<string, unknown>, events: { name: string, at: number }[] }} Span
 * @typedef {{ id: string, service: string, spans: Span[], retries: number, failed: boolean, notable: boolean }} Trace
 */

const list = document.querySelector('#traces > ol')
const onlyNotable = document.querySelector('#traces input[name=notable]')
const note = document.querySelector('#traces .note')
const mostTraces = 150

/** @type {Map<string, { item: HTMLElement, trace: Trace }>} */
const shown = new Map()

onlyNotable.addEventListener('change', () => {
  for (const { item, trace } of shown.values()) item.hidden = onlyNotable.checked && !trace.notable
})

// Up and down move between traces, as in any list.
list.addEventListener('keydown', (event) => {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
  const buttons = [...list.querySelectorAll('.trace:not([hidden]) > button')]
  const next = buttons.indexOf(document.activeElement) + (event.key === 'ArrowDown' ? 1 : -1)
  if (buttons[next] === undefined) return
  event.preventDefault()
  buttons[next].focus()
})

/**
 * Traces that wait while the reader has one open: a list that moves can't be read.
 * @type {Map<string, Trace>}
 */
const waiting = new Map()

/** @param {Trace} trace */
export function showTrace(trace) {
  if (list.querySelector('.waterfall') !== null && !shown.has(trace.id)) {
    waiting.set(trace.id, trace)
    note.textContent = `${waiting.size} newer; they appear when the open one is closed`
    return
  }
  show(trace)
}

/** @param {Trace} trace */
function show(trace) {
  const known = shown.get(trace.id)
  if (known !== undefined) {
    known.trace = trace
    const open = known.item.querySelector('button').getAttribute('aria-expanded') === 'true'
    if (!open) fill(known.item, trace)
    return
  }
  const item = element('li', 'trace')
  fill(item, trace)
  item.hidden = onlyNotable.checked && !trace.notable
  shown.set(trace.id, { item, trace })
  list.prepend(item)
  for (const [id, { item: oldest }] of shown) {
    if (shown.size <= mostTraces) break
    if (oldest.contains(document.activeElement)) break
    oldest.remove()
    shown.delete(id)
  }
}

/** @param {HTMLElement} item @param {Trace} trace */
function fill(item, trace) {
  const root = rootOf(trace)
  const about = element('span', 'about', `${trace.service} · ${trace.spans.length} spans`)
  if (trace.retries > 0) about.append(' · ', element('b', 'retried', `${trace.retries} × retried`))
  if (trace.failed) about.append(' · ', element('b', 'failed', 'failed'))
  const button = element(
    'button',
    null,
    element('span', 'name', root.name),
    element('span', 'took', milliseconds(root.end - root.start)),
    about,
  )
  button.type = 'button'
  button.setAttribute('aria-expanded', 'false')
  button.addEventListener('click', () => toggle(item, button))
  const focused = item.contains(document.activeElement)
  item.replaceChildren(button)
  if (focused) button.focus()
}

function toggle(item, button) {
  const open = button.getAttribute('aria-expanded') === 'true'
  button.setAttribute('aria-expanded', String(!open))
  item.querySelector('.waterfall')?.remove()
  if (open) {
    if (list.querySelector('.waterfall') === null) showWaiting()
    return
  }
  const { trace } = [...shown.values()].find((entry) => entry.item === item)
  item.append(waterfall(trace))
}

function showWaiting() {
  for (const trace of waiting.values()) show(trace)
  waiting.clear()
  note.textContent = ''
}

/** @param {Trace} trace */
function waterfall(trace) {
  const root = rootOf(trace)
  const first = Math.min(...trace.spans.map((span) => span.start))
  const whole = Math.max(...trace.spans.map((span) => span.end)) - first || 1
  const drawn = element('div', 'waterfall')
  const visit = (span, depth) => {
    drawn.append(row(span, depth, first, whole))
    const children = trace.spans.filter((child) => child.parent === span.id)
    for (const child of children.sort((a, b) => a.start - b.start)) visit(child, depth + 1)
  }
  visit(root, 0)
  return drawn
}

/** @param {Span} span @param {number} depth @param {number} first @param {number} whole */
function row(span, depth, first, whole) {
  const bar = element('i', `bar ${span.kind} ${span.error === null ? '' : 'error'}`)
  bar.style.left = `${((span.start - first) / whole) * 100}%`
  bar.style.width = `${((span.end - span.start) / whole) * 100}%`
  const lane = element('div', 'lane', bar, element('span', 'ms', milliseconds(span.end - span.start)))
  const label = element('div', 'label', span.name)
  label.title = span.name
  const facts = [
    ...(span.error === null ? [] : [['error', span.error]]),
    ...Object.entries(span.attributes),
    ...span.events.map(({ name, at }) => [`event after ${milliseconds(at)}`, name]),
  ]
  const pairs = facts.flatMap(([name, fact]) => [element('dt', null, name), element('dd', null, String(fact))])
  const made = element('details', 'span', element('summary', null, label, lane), element('dl', null, ...pairs))
  made.style.setProperty('--depth', String(depth))
  made.dataset.depth = String(depth)
  return made
}

/** @param {Trace} trace */
function rootOf(trace) {
  const ids = new Set(trace.spans.map((span) => span.id))
  return trace.spans.find((span) => span.parent === null || !ids.has(span.parent))
}
