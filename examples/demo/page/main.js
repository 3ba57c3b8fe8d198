// Joins the page to the stream of events of the run.

import { showGraph } from './graph.js'
import { showHealth, showMoment, showPools, showServer, showTotals } from './panels.js'
import { showTrace } from './traces.js'

const handlers = {
  server: showServer,
  trace: showTrace,
  pools: showPools,
  health: showHealth,
  moment: showMoment,
  totals: showTotals,
  graph: showGraph,
}

const events = new EventSource('/events')
for (const [name, show] of Object.entries(handlers)) {
  events.addEventListener(name, (event) => show(JSON.parse(event.data)))
}
events.addEventListener('end', () => {
  events.close()
  document.body.dataset.run = 'over'
  document.querySelector('#server').append(' — the run is over')
})
