/** The engine as server/ may use it: server/ never imports engine/ itself. */
import { directHost, type EngineHost, type RandomBytes, systemRandom, threadHost } from '../engine/index.ts'

/** @param threads worker threads; 0 runs everything in the calling thread */
export const createEngine = (threads: number): EngineHost =>
  threads > 0 ? threadHost(threads) : directHost()

export const secureRandom: RandomBytes = systemRandom
