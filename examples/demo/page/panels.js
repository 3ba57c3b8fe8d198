// Server, totals, health, pools, retries and faults.

import { element } from './elements.js'

const moments = document.querySelector('#moments ol')
const mostMoments = 100

/** @param {{ text: string }} server */
export function showServer({ text }) {
  document.querySelector('#server').textContent = text
}

/** @param {Record<string, number>} totals */
export function showTotals(totals) {
  document
    .querySelector('#totals')
    .replaceChildren(
      ...Object.entries(totals).map(([name, figure]) =>
        element('div', null, element('dt', null, name), element('dd', null, figure.toLocaleString('en'))),
      ),
    )
}

/** @param {{ name: string, status: 'pass' | 'warn' | 'fail', about: string }[]} services */
export function showHealth(services) {
  document
    .querySelector('#health ul')
    .replaceChildren(
      ...services.map(({ name, status, about }) =>
        element(
          'li',
          null,
          element('div', 'row', element('span', null, name), element('span', `status ${status}`, status)),
          element('div', 'figures', about),
        ),
      ),
    )
}

/** @param {{ name: string, servers: number, inUse: number, idle: number, waiting: number, creating: number, max: number }[]} pools */
export function showPools(pools) {
  document.querySelector('#pools ul').replaceChildren(
    ...pools.map(({ name, servers, inUse, idle, waiting, creating, max }) => {
      const gauge = element('div', 'gauge', bar('in-use', inUse / (max || 1)), bar('idle', idle / (max || 1)))
      gauge.setAttribute('role', 'img')
      gauge.setAttribute('aria-label', `${inUse} of ${max} connections in use`)
      return element(
        'li',
        null,
        element(
          'div',
          'row',
          element('span', null, name),
          element('span', 'figures', servers === 1 ? '1 server' : `${servers} servers`),
        ),
        gauge,
        element('div', 'figures', `${inUse} in use, ${idle} idle of ${max} · ${creating} opening · ${waiting} waiting`),
      )
    }),
  )
}

/** @param {{ at: number, kind: 'retry' | 'fault' | 'bridged', text: string }} moment */
export function showMoment({ at, kind, text }) {
  const time = element('time', null, `${(at / 1000).toFixed(1)} s`)
  moments.prepend(element('li', kind, time, text))
  while (moments.childElementCount > mostMoments) moments.lastElementChild.remove()
}

function bar(className, share) {
  const made = element('i', className)
  made.style.width = `${share * 100}%`
  return made
}
