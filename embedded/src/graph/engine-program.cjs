// The path of the engine process's program. A CommonJS module has `__dirname`, also in Jest with CommonJS output, where
// `import.meta` is a syntax error. engine.ts imports it when a graph starts, so a bundle of the scripted server never runs it.

exports.program = `${__dirname}/engine-process.mjs`
