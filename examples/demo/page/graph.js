// The film graph as a picture: forces place the nodes, arrow keys and clicks walk through it.

import { forceCenter, forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from 'd3-force'
import { element } from './elements.js'

/**
 * @typedef {{ id: string, label: string, caption: string, properties: Record<string, unknown>, x?: number, y?: number }} GraphNode
 * @typedef {{ id: string, type: string, start: string, end: string }} GraphRelationship
 */

/** Has the focus and the keys. */
const picture = document.querySelector('#graph .picture')
const svg = picture.querySelector('svg')
picture.tabIndex = 0
const about = document.querySelector('#node')
const layers = { links: svgElement('g'), nodes: svgElement('g') }
const radius = { Person: 5, Film: 7, Genre: 9, Studio: 8 }

/** @type {Map<string, GraphNode>} */
const nodes = new Map()
/** @type {Map<string, { source: GraphNode, target: GraphNode, type: string }>} */
const links = new Map()
/** @type {Map<string, SVGElement>} */
const drawn = new Map()
/** @type {Map<string, SVGElement>} */
const drawnLinks = new Map()
/** @type {GraphNode | null} */
let chosen = null
const view = { x: 0, y: 0, scale: 1 }

svg.append(layers.links, layers.nodes)

const still = matchMedia('(prefers-reduced-motion: reduce)').matches
const simulation = forceSimulation()
  .force('charge', forceManyBody().strength(-55).distanceMax(260))
  .force('center', forceCenter(0, 0))
  .force('x', forceX().strength(0.04))
  .force('y', forceY().strength(0.06))
  .force('collide', forceCollide(12))
  .on('tick', place)

/** @param {{ nodes: GraphNode[], relationships: GraphRelationship[] }} graph */
export function showGraph(graph) {
  const before = nodes.size
  for (const node of graph.nodes) if (!nodes.has(node.id)) nodes.set(node.id, startingPlace(node))
  for (const { id, type, start, end } of graph.relationships) {
    const source = nodes.get(start)
    const target = nodes.get(end)
    if (source !== undefined && target !== undefined && !links.has(id)) links.set(id, { source, target, type })
  }
  if (nodes.size === before && before > 0) return
  for (const node of nodes.values()) if (!drawn.has(node.id)) draw(node)
  for (const [id, link] of links) {
    if (drawnLinks.has(id)) continue
    const line = svgElement('line')
    line.append(titled(link.type))
    drawnLinks.set(id, line)
    layers.links.append(line)
  }
  simulation.nodes([...nodes.values()])
  simulation.force(
    'link',
    forceLink([...links.values()])
      .distance(38)
      .strength(0.5),
  )
  simulation.alpha(before === 0 ? 1 : 0.5)
  if (still) {
    simulation.stop().tick(200)
    place()
  } else simulation.restart()
}

function startingPlace(node) {
  const near = chosen ?? { x: 0, y: 0 }
  const angle = nodes.size * 2.4
  const far = chosen === null ? 10 * Math.sqrt(nodes.size) : 20
  return { ...node, x: near.x + Math.cos(angle) * far, y: near.y + Math.sin(angle) * far }
}

/** @param {GraphNode} node */
function draw(node) {
  const group = svgElement('g')
  const circle = svgElement('circle')
  circle.setAttribute('r', String(radius[node.label] ?? 6))
  circle.setAttribute('class', node.label)
  circle.dataset.elementId = node.id
  circle.append(titled(`${node.label} ${node.caption}`))
  group.append(circle)
  if (node.label !== 'Person') {
    const text = svgElement('text')
    text.setAttribute('x', '9')
    text.setAttribute('y', '3')
    text.textContent = node.caption
    group.append(text)
  }
  drawn.set(node.id, group)
  layers.nodes.append(group)
}

/** @param {GraphNode} node */
function choose(node) {
  chosen = node
  for (const circle of layers.nodes.querySelectorAll('.chosen')) circle.classList.remove('chosen')
  drawn.get(node.id).querySelector('circle').classList.add('chosen')
  for (const [id, { source, target }] of links) {
    drawnLinks.get(id).classList.toggle('near', source === node || target === node)
  }
  const near = [...links.values()].filter(({ source, target }) => source === node || target === node).length
  const facts = Object.entries(node.properties).map(([name, value]) => `${name}: ${value}`)
  about.replaceChildren(
    element('strong', null, `${node.label} ${node.caption}`),
    element('div', null, [...facts, `${near} relationships shown`].join(' · ')),
    element('div', 'id', `elementId ${node.id}`),
  )
}

/** @param {GraphNode} node */
async function expand(node) {
  choose(node)
  try {
    const answer = await fetch(`/graph/${encodeURIComponent(node.id)}`)
    if (!answer.ok) throw new Error(`status ${answer.status}`)
    showGraph(await answer.json())
    choose(node)
  } catch (error) {
    about.append(element('div', 'fail', `The neighbours could not be read: ${error.message}`))
  }
}

function place() {
  const { width, height } = svg.getBoundingClientRect()
  const fit = `translate(${width / 2 + view.x} ${height / 2 + view.y}) scale(${view.scale})`
  layers.links.setAttribute('transform', fit)
  layers.nodes.setAttribute('transform', fit)
  for (const [id, group] of drawn) {
    const { x = 0, y = 0 } = nodes.get(id)
    group.setAttribute('transform', `translate(${x.toFixed(1)} ${y.toFixed(1)})`)
  }
  for (const [id, line] of drawnLinks) {
    const { source, target } = links.get(id)
    line.setAttribute('x1', source.x.toFixed(1))
    line.setAttribute('y1', source.y.toFixed(1))
    line.setAttribute('x2', target.x.toFixed(1))
    line.setAttribute('y2', target.y.toFixed(1))
  }
}

const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }

picture.addEventListener('keydown', (event) => {
  const direction = directions[event.key]
  if (direction !== undefined) {
    event.preventDefault()
    const next = nearest(direction)
    if (next !== null) choose(next)
  } else if (event.key === 'Enter' && chosen !== null) {
    event.preventDefault()
    void expand(chosen)
  } else if (event.key === '+' || event.key === '-') zoom(event.key === '+' ? 1.2 : 1 / 1.2)
})

/** The closest node in a direction from the chosen one; the first of all when none is chosen. */
function nearest([dx, dy]) {
  if (chosen === null) return nodes.values().next().value ?? null
  let best = null
  let bestCost = Number.POSITIVE_INFINITY
  for (const node of nodes.values()) {
    const along = (node.x - chosen.x) * dx + (node.y - chosen.y) * dy
    if (node === chosen || along <= 0) continue
    const across = Math.abs((node.x - chosen.x) * dy) + Math.abs((node.y - chosen.y) * dx)
    const cost = along + 2 * across
    if (cost < bestCost) [best, bestCost] = [node, cost]
  }
  return best
}

svg.addEventListener('click', (event) => {
  const id = event.target.dataset?.elementId
  if (id !== undefined) void expand(nodes.get(id))
})

svg.addEventListener('wheel', (event) => {
  event.preventDefault()
  zoom(event.deltaY < 0 ? 1.1 : 1 / 1.1)
})

svg.addEventListener('pointerdown', (down) => {
  if (down.target.dataset?.elementId !== undefined) return
  const start = { ...view }
  const move = (moved) => {
    view.x = start.x + moved.clientX - down.clientX
    view.y = start.y + moved.clientY - down.clientY
    place()
  }
  svg.setPointerCapture(down.pointerId)
  svg.addEventListener('pointermove', move)
  svg.addEventListener('pointerup', () => svg.removeEventListener('pointermove', move), { once: true })
})

addEventListener('resize', place)

function zoom(factor) {
  view.scale = Math.min(4, Math.max(0.2, view.scale * factor))
  place()
}

function titled(text) {
  const title = svgElement('title')
  title.textContent = text
  return title
}

function svgElement(name) {
  return document.createElementNS('http://www.w3.org/2000/svg', name)
}
