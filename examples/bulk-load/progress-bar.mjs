const WIDTH = 40

/** A bar on standard error where that is a terminal; elsewhere a line for each tenth. */
export class ProgressBar {
  #done = 0
  #started = performance.now()
  /** @type {number} */
  #total
  #out = process.stderr

  /** @param {number} total */
  constructor(total) {
    this.#total = total
  }

  /** @param {number} rows */
  advance(rows) {
    const tenthsBefore = Math.floor((this.#done / this.#total) * 10)
    this.#done += rows
    const share = this.#done / this.#total
    if (this.#out.isTTY) this.#out.write(`\r${this.#text(share)}`)
    else if (Math.floor(share * 10) > tenthsBefore) this.#out.write(`${this.#text(share)}\n`)
  }

  end() {
    if (this.#out.isTTY) this.#out.write('\n')
  }

  /** @param {number} share */
  #text(share) {
    const filled = Math.round(share * WIDTH)
    const rate = Math.round(this.#done / ((performance.now() - this.#started) / 1000))
    const percent = `${Math.round(share * 100)} %`.padStart(5)
    return `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${percent}  ${this.#done} rows, ${rate} a second`
  }
}
