import { Body, Controller, Get, Post } from '@nestjs/common'
import { type Film, FilmsService } from './films.service'

@Controller('films')
export class FilmsController {
  constructor(private readonly films: FilmsService) {}

  @Post()
  add(@Body() film: Film): Promise<Film> {
    return this.films.add(film.title)
  }

  @Get()
  all(): Promise<Film[]> {
    return this.films.all()
  }
}
