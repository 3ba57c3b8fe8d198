/** Asks the services whether they can serve, as a load balancer would. */

import type { HealthView, Stage } from '../page/stage.ts'
import type { Service } from './service.ts'

export async function probe(services: readonly Service[], stage: Stage): Promise<void> {
  stage.show('health', await Promise.all(services.map(stateOf)))
}

async function stateOf({ name, url, readiness }: Service): Promise<HealthView> {
  const started = performance.now()
  try {
    const response = await fetch(url + readiness)
    const { status } = (await response.json()) as { status?: string }
    const took = Math.round(performance.now() - started)
    const about = `${readiness}: ${response.status} “${status}” in ${took} ms`
    return { name, status: !response.ok ? 'fail' : status === 'warn' || status === 'degraded' ? 'warn' : 'pass', about }
  } catch (error) {
    return { name, status: 'fail', about: `${readiness}: no answer (${(error as Error).message})` }
  }
}
