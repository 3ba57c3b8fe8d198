import { BoltlineClient, ReadTransaction, Transactional } from '@boltline/nestjs'
import { Injectable } from '@nestjs/common'

export interface Film {
  title: string
}

@Injectable()
export class FilmsService {
  constructor(private readonly neo: BoltlineClient) {}

  @Transactional()
  add(title: string): Promise<Film> {
    return this.neo.one<Film>('CREATE (f:Film {title: $title}) RETURN f.title AS title', { title })
  }

  @ReadTransaction()
  all(): Promise<Film[]> {
    return this.neo.all<Film>('MATCH (f:Film) RETURN f.title AS title')
  }
}
