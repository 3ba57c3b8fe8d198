import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './documents.ts'

/** The compiler's diagnostics for a project; empty if it compiles. */
export function problemsOf(project: string): string {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  try {
    execFileSync(process.execPath, [compiler, '-p', project, '--pretty', 'false'], { cwd: root, encoding: 'utf8' })
    return ''
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout ?? error)
  }
}
