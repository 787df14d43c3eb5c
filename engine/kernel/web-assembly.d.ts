/** The part of WebAssembly that the kernel uses; TypeScript has it only among the types of browsers. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array)
  }
  class Memory {
    constructor(size: { initial: number })
    readonly buffer: ArrayBuffer
  }
  class Instance {
    constructor(module: Module, imports: { engine: { memory: Memory } })
    readonly exports: Readonly<Record<string, unknown>>
  }
}
