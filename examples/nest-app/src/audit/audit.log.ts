import { type BoltlineClient, InjectBoltline } from '@boltline/nestjs'
import { Injectable } from '@nestjs/common'

export const WRITE_ENTRY = 'CREATE (:AuditEntry {what: $what, at: datetime()})'

/** On a connection of its own: what is written here stays, whatever becomes of the shop's transaction. */
@Injectable()
export class AuditLog {
  constructor(@InjectBoltline('audit') private readonly neo4j: BoltlineClient) {}

  async write(what: string): Promise<void> {
    await this.neo4j.consume(WRITE_ENTRY, { what })
  }
}
