import { BoltlineExceptionFilter, BoltlineModule } from '@boltline/nestjs'
import { Module } from '@nestjs/common'
import { APP_FILTER } from '@nestjs/core'
import { AppController } from './app.controller'
import { AppService } from './app.service'
import { FilmsController } from './films.controller'
import { FilmsService } from './films.service'

@Module({
  imports: [BoltlineModule.forRoot({ uri: 'bolt://localhost:7687', startup: { mode: 'lazy' } })],
  controllers: [AppController, FilmsController],
  providers: [AppService, FilmsService, { provide: APP_FILTER, useClass: BoltlineExceptionFilter }],
})
export class AppModule {}
