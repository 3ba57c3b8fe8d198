// Loaded ahead of the application by `node --import`: what is to be instrumented must not be there yet, apart from the
// driver, whose channels can be listened to at any time.

import { BoltlineInstrumentation } from '@boltline/opentelemetry'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { NodeSDK } from '@opentelemetry/sdk-node'

const { ZIPKIN_URL = 'http://localhost:9411/api/v2/spans', METRICS_PORT = '9464' } = process.env

const sdk = new NodeSDK({
  serviceName: 'orders',
  traceExporter: new ZipkinExporter({ url: ZIPKIN_URL }),
  // The pages http://localhost:9464/metrics, for Prometheus to read.
  metricReaders: [new PrometheusExporter({ port: Number(METRICS_PORT) })],
  instrumentations: [
    new HttpInstrumentation(),
    new BoltlineInstrumentation({
      detail: 'attempt',
      // SHOW TRANSACTIONS and the query log name the trace.
      propagate: 'tx-metadata',
      // Of the parameters this one alone may be seen.
      parameters: ['sku'],
    }),
  ],
})
sdk.start()

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    // The last spans leave after the application has stopped.
    void sdk.shutdown()
  })
}
