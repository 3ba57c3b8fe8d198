import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './documents.ts'

/** What the compiler has to say about a project; empty when it is content. */
export function problemsOf(project: string): string {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  try {
    execFileSync(process.execPath, [compiler, '-p', project, '--pretty', 'false'], { cwd: root, encoding: 'utf8' })
    return ''
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout ?? error)
  }
}
