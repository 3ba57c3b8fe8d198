/**
 * An element with a class and content. Text is always set as text: what the server sends is never read as HTML.
 *
 * @param {string} name
 * @param {string | null} className
 * @param {...(Node | string)} content
 */
export function element(name, className, ...content) {
  const made = document.createElement(name)
  if (className !== null) made.className = className
  made.append(...content)
  return made
}

/** @param {number} ms */
export function milliseconds(ms) {
  return ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : ms >= 10 ? `${ms.toFixed(0)} ms` : `${ms.toFixed(1)} ms`
}
