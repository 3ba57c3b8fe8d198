/**
 * The Bolt wire format for servers, proxies and recorders. Imported as `@boltline/core/codec`. Less stable than the rest of the
 * package: it may change in any release of the driver.
 */

export { type Request, signatures } from './bolt/requests.ts'
export { describeRequest } from './bolt/traffic.ts'
export { type BoltVersion, boltVersions, findVersion, versionName } from './bolt/versions.ts'
export { closeFrame, type FrameBuffer, frameHead } from './chunking/chunk.ts'
export { Dechunker, type MessageSink } from './chunking/dechunk.ts'
export { Dehydrator } from './hydration/dehydrate.ts'
export type { WireFeatures } from './hydration/features.ts'
export { Hydrator } from './hydration/hydrate.ts'
export { tags } from './hydration/types/index.ts'
export { costs, limits, loginLimits } from './packstream/limits.ts'
export { Packer, type StructureWriter } from './packstream/pack.ts'
export { Structure } from './packstream/structure.ts'
export { Mismatch, type StructureReader, Unpacker } from './packstream/unpack.ts'
