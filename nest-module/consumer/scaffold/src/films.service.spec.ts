import { ConstraintError } from '@boltline/core'
import { BoltlineTestingModule, getServerToken, provideNoopBoltline } from '@boltline/nestjs/testing'
import { Test } from '@nestjs/testing'
import { FilmsService } from './films.service'

const query = 'CREATE (f:Film {title: $title}) RETURN f.title AS title'

describe('FilmsService', () => {
  it('adds films on a scripted server', async () => {
    const scripted = BoltlineTestingModule.forScripted({
      script: (server) => {
        server.when(query, { title: 'Alien' }).returns([{ title: 'Alien' }])
        server.when(query, { title: 'Jaws' }).fails('Neo.ClientError.Schema.ConstraintValidationFailed')
      },
    })
    const module = await Test.createTestingModule({ imports: [scripted], providers: [FilmsService] }).compile()
    const films = module.get(FilmsService)
    expect(await films.add('Alien')).toEqual({ title: 'Alien' })
    await expect(films.add('Jaws')).rejects.toBeInstanceOf(ConstraintError)
    expect(module.get(getServerToken()).calls).toHaveLength(2)
    await module.close()
  })

  it('adds films on an embedded graph', async () => {
    const module = await Test.createTestingModule({
      imports: [BoltlineTestingModule.forEmbedded()],
      providers: [FilmsService],
    }).compile()
    const films = module.get(FilmsService)
    expect(await films.add('Alien')).toEqual({ title: 'Alien' })
    expect(await films.all()).toEqual([{ title: 'Alien' }])
    await module.close()
  }, 60_000)

  it('adds films without a database', async () => {
    const module = await Test.createTestingModule({
      providers: [FilmsService, ...provideNoopBoltline({ one: async () => ({ title: 'Alien' }) as never })],
    }).compile()
    expect(await module.get(FilmsService).add('Alien')).toEqual({ title: 'Alien' })
    await module.close()
  })
})
