import { createError } from '@fastify/error'

/** Every error that engine/ throws. The texts never carry a residue, a key or a byte of a ciphertext. */
export const engineErrors = {
  /** Bytes refused by the strict parser; one text for every cause, so that a sender cannot probe the parser or the key. */
  MalformedCiphertext: createError(
    'YX_ENGINE_MALFORMED_CIPHERTEXT',
    'A %s was refused by the strict parser before it reached the encryption library. Rule: exact length, no compression, known parameters, size 2, every residue below its prime. Mend: the sender must run the same version of Yinxin and send the bytes unchanged.',
    400,
  ),
  /** A vector of residues or words from another party; one text for every cause. */
  MalformedVector: createError(
    'YX_ENGINE_MALFORMED_VECTOR',
    'A vector from another party was refused. Rule: exactly the length that its step asks for, every residue below t. Mend: the sender must run the same version of Yinxin and follow the roster of the plan.',
    400,
  ),
  SealFault: createError(
    'YX_ENGINE_SEAL_FAULT',
    'The encryption library refused an operation (%s). Mend: report it with the run id; the run can be started again with fresh keys.',
    500,
  ),
  OutOfRange: createError(
    'YX_ENGINE_OUT_OF_RANGE',
    '%s is out of range. Rule: %s. Mend: correct the plan or the caller.',
    400,
  ),
  LengthMismatch: createError(
    'YX_ENGINE_LENGTH_MISMATCH',
    '%s has length %s, expected %s. Mend: all vectors of one run follow the roster of its plan.',
    400,
  ),
  LabelReused: createError(
    'YX_ENGINE_LABEL_REUSED',
    'The mask label "%s" was already used for another payload. Rule: a label never serves two payloads. Mend: start a new run; its id makes new labels.',
    409,
  ),
  HandleUnknown: createError(
    'YX_ENGINE_HANDLE_UNKNOWN',
    'The engine object %s does not exist or is already closed. Mend: keys live for one round; ask for a new one.',
    409,
  ),
  SealedEnvelopeRefused: createError(
    'YX_ENGINE_SEAL_REFUSED',
    'A sealed message could not be opened: it was changed on the way or meant for somebody else. Mend: compare the member lists of both parties, then send it again.',
    400,
  ),
  WorkerLost: createError(
    'YX_ENGINE_WORKER_LOST',
    'A worker thread of the engine ended unexpectedly. Mend: free memory on this machine and start the process again.',
    500,
  ),
  SuiteUnknown: createError(
    'YX_ENGINE_SUITE_UNKNOWN',
    'The cipher suite "%s" is not known. Rule: %s, the same for all members of a consortium. Mend: correct the suite in the member list.',
    400,
  ),
}
