import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { AppModule } from './app.module.ts'

const app = await NestFactory.create(AppModule)
// On SIGTERM open transactions finish, and the drivers are closed.
app.enableShutdownHooks()
await app.listen(process.env.PORT ?? 3000)
