// Whether an application that a bundler has put into one program starts and works on the oldest Node that is supported: the
// packed packages, with each bundler that many use, as ES module and as CommonJS. Needs a build, and a registry for the bundlers.

import { copyFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installNode } from '../node-releases.mjs'
import { root } from '../workspaces.mjs'
import { installOnce } from './installed.mjs'
import { problems, run } from './steps.mjs'
import { packAll, unpack } from './tarballs.mjs'

const place = join(root, '.cache/bundles')
const oldestNode = '20.19.0'

const webpack = `import webpack from 'webpack'

const [format, filename] = process.argv.slice(2)
const isModule = format === 'esm'
const stats = await new Promise((resolve, reject) =>
  webpack(
    {
      mode: 'production',
      target: 'node20.19',
      entry: './program.mjs',
      experiments: { outputModule: isModule },
      output: { filename, module: isModule, library: { type: isModule ? 'module' : 'commonjs2' } },
    },
    (error, result) => (error ? reject(error) : resolve(result)),
  ),
)
if (stats.hasErrors()) throw new Error(stats.toString())
`

const esbuild = ['node_modules/esbuild/bin/esbuild', 'program.mjs', '--bundle', '--platform=node', '--target=node20.19']
const rollup = [
  'node_modules/rollup/dist/bin/rollup',
  'program.mjs',
  '--plugin',
  'node-resolve',
  '--plugin',
  'commonjs',
]
const vite = ['node_modules/vite/bin/vite.js', 'build', '--ssr', 'program.mjs', '--config', 'vite.config.mjs']

/** @type {readonly { name: string, bundler: readonly string[], file: string }[]} */
const bundles = [
  { name: 'webpack 5, ES module', bundler: ['webpack.mjs', 'esm', 'webpack.mjs'], file: 'webpack.mjs' },
  { name: 'webpack 5, CommonJS', bundler: ['webpack.mjs', 'cjs', 'webpack.cjs'], file: 'webpack.cjs' },
  ...['esm', 'cjs'].flatMap((format) =>
    ['', '--minify'].map((minify) => {
      const file = `esbuild${minify}.${format === 'esm' ? 'mjs' : 'cjs'}`
      const options = [`--format=${format}`, `--outfile=dist/${file}`, ...(minify === '' ? [] : [minify])]
      return { name: `esbuild ${format}${minify}`, bundler: [...esbuild, ...options], file }
    }),
  ),
  ...['esm', 'cjs'].map((format) => {
    const folder = `rollup-${format}`
    const extension = format === 'esm' ? 'mjs' : 'cjs'
    const names = ['--entryFileNames', `[name].${extension}`, '--chunkFileNames', `[name].${extension}`]
    return {
      name: `rollup ${format}`,
      bundler: [...rollup, '--format', format, '--dir', `dist/${folder}`, ...names],
      file: `${folder}/program.${extension}`,
    }
  }),
  { name: 'vite, server-side', bundler: [...vite, '--outDir', 'dist/vite'], file: 'vite/program.js' },
]

const packed = packAll(join(place, 'packed'))
installOnce(place, {
  private: true,
  type: 'module',
  dependencies: { '@opentelemetry/api': '^1.9.1' },
  devDependencies: {
    '@rollup/plugin-commonjs': '^29.0.0',
    '@rollup/plugin-node-resolve': '^16.0.0',
    'esbuild': '^0.28.0',
    'rollup': '^4.50.0',
    'vite': '^8.0.0',
    'webpack': '^5.100.0',
  },
})
for (const { manifest, tarball } of packed) unpack(tarball, manifest.name, place)
rmSync(join(place, 'dist'), { recursive: true, force: true })
copyFileSync(join(root, 'tools/checks/bundled-program.mjs'), join(place, 'program.mjs'))
writeFileSync(join(place, 'webpack.mjs'), webpack)
writeFileSync(join(place, 'vite.config.mjs'), 'export default { ssr: { noExternal: true } }\n')
const node = installNode(oldestNode)
await run(bundles.map(({ name, bundler }) => ({ title: `${name}: bundled`, arguments: bundler, cwd: place })))
await run(
  bundles.map(({ name, file }) => ({
    title: `${name}: runs on Node ${oldestNode}`,
    arguments: [join('dist', file)],
    cwd: place,
    node,
    expected: /^answers 1 true true function$/m,
  })),
)
console.log(`${bundles.length} bundles, ${problems()} problems`)
process.exitCode = problems() === 0 ? 0 : 1
