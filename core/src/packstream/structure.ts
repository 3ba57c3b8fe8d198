/**
 * A PackStream structure without a meaning assigned: a tag byte and its fields.
 * The driver hydrates structures straight from the bytes; servers and tools that use the codec see them in this form.
 */
export class Structure {
  readonly tag: number
  readonly fields: readonly unknown[]

  constructor(tag: number, fields: readonly unknown[]) {
    this.tag = tag
    this.fields = fields
  }
}
