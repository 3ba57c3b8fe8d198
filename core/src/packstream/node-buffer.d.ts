/** Buffer methods that Node has had since 0.x but leaves out of its types: slices and writes without option handling. */
declare global {
  interface Buffer {
    utf8Slice(start: number, end: number): string
    latin1Slice(start: number, end: number): string
    utf8Write(text: string, offset: number, length: number): number
  }
}

export {}
