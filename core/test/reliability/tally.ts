/** What trials found, counted. */
export class Tally {
  readonly title: string
  /** Faults that took place. */
  faults = 0
  /** Trials whose fault was never reached: the work ended before it. */
  unreached = 0
  /** Writes that the trials made, by their outcome. */
  acknowledged = 0
  inDoubt = 0
  fulfilled = 0
  rejected = 0
  readonly lost: string[] = []
  readonly doubled: string[] = []
  readonly unsettled: string[] = []
  readonly leaked: string[] = []
  /** Wrong answers, and errors that aren't the driver's or the server's. */
  readonly wrong: string[] = []
  /** The longest that a call took behind its fault, in ms. */
  longest = 0

  constructor(title: string) {
    this.title = title
  }

  get problems(): string[] {
    return [
      ...this.lost.map((found) => `lost: ${found}`),
      ...this.doubled.map((found) => `doubled: ${found}`),
      ...this.unsettled.map((found) => `unsettled: ${found}`),
      ...this.leaked.map((found) => `leaked: ${found}`),
      ...this.wrong.map((found) => `wrong: ${found}`),
    ]
  }

  toString(): string {
    const { faults, unreached, fulfilled, rejected, acknowledged, inDoubt } = this
    const { lost, doubled, unsettled, leaked, wrong } = this
    return (
      `${this.title}: ${faults} faults (${unreached} not reached), ${fulfilled} works fulfilled, ${rejected} rejected, ` +
      `${acknowledged} writes acknowledged, ${inDoubt} in doubt: ` +
      `${lost.length} lost, ${doubled.length} doubled, ${unsettled.length} unsettled, ${leaked.length} leaked, ` +
      `${wrong.length} wrong; longest ${Math.round(this.longest)} ms`
    )
  }
}
