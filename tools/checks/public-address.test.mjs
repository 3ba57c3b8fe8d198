import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldsFor, wrongFields } from './public-address.mjs'

const address = 'https://forge.example/acme/boltline'

test('a manifest that names the repository and the folder is right', () => {
  assert.deepEqual(wrongFields({ name: 'x', ...fieldsFor(address, 'core') }, fieldsFor(address, 'core')), [])
})

test('fields that are missing, of another folder or of another repository are named', () => {
  const wanted = fieldsFor(address, 'core')
  assert.deepEqual(wrongFields({ name: 'x' }, wanted), ['homepage', 'bugs', 'repository'])
  assert.deepEqual(wrongFields({ ...wanted, repository: fieldsFor(address, 'otel').repository }, wanted), [
    'repository',
  ])
  assert.deepEqual(wrongFields({ ...wanted, bugs: fieldsFor(`${address}-fork`, 'core').bugs }, wanted), ['bugs'])
})
