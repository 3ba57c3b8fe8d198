import 'reflect-metadata'
import { startScripted } from '@boltline/embedded'
import { NestFactory } from '@nestjs/core'
import { AppModule } from './app.module.js'

async function main(): Promise<void> {
  const server = await startScripted()
  server.when('CREATE (o:Order {id: $id}) RETURN o.id AS id', { id: 'o-1' }).returns([{ id: 'o-1' }])
  server
    .when('CREATE (o:Order {id: $id}) RETURN o.id AS id', { id: 'taken' })
    .fails('Neo.ClientError.Schema.ConstraintValidationFailed')
  server.when('MATCH (o:Order) RETURN o.id AS id').returns([{ id: 'o-1' }])
  process.env['NEO4J_URI'] = server.uri
  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] })
  await app.listen(0, '127.0.0.1')
  const url = await app.getUrl()
  const place = (id: string) =>
    fetch(`${url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id }),
    })
  console.log((await place('o-1')).status, await (await fetch(`${url}/orders`)).text(), (await place('taken')).status)
  await app.close()
  await server.close()
}

void main()
