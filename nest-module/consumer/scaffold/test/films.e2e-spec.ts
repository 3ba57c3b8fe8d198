import { type Driver, GraphDatabase } from '@boltline/core'
import { type ScriptedServer, startScripted } from '@boltline/embedded'
import { overrideBoltline } from '@boltline/nestjs/testing'
import type { INestApplication } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import request from 'supertest'
import type { App } from 'supertest/types'
import { AppModule } from './../src/app.module'

describe('FilmsController (e2e)', () => {
  let server: ScriptedServer
  let driver: Driver
  let app: INestApplication<App>

  beforeEach(async () => {
    server = await startScripted()
    const query = 'CREATE (f:Film {title: $title}) RETURN f.title AS title'
    server.when(query, { title: 'Alien' }).returns([{ title: 'Alien' }])
    server.when(query, { title: 'Jaws' }).fails('Neo.ClientError.Schema.ConstraintValidationFailed')
    driver = GraphDatabase.driver(server.uri)
    const builder = overrideBoltline(Test.createTestingModule({ imports: [AppModule] }), driver)
    app = (await builder.compile()).createNestApplication()
    await app.init()
  })

  afterEach(async () => {
    await app.close()
    await driver.close()
    await server.close()
  })

  it('/films (POST)', async () => {
    await request(app.getHttpServer()).post('/films').send({ title: 'Alien' }).expect(201, { title: 'Alien' })
    await request(app.getHttpServer()).post('/films').send({ title: 'Jaws' }).expect(409)
  })
})
