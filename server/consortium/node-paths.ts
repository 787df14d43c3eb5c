/** Where things stand in the folder of an enrolled node. */
import { join } from 'node:path'

export const nodePaths = (folder: string) => ({
  identity: join(folder, 'identity.json'),
  members: join(folder, 'members.json'),
  tls: join(folder, 'tls'),
  key: join(folder, 'tls', 'key.pem'),
  /** Waits for its certificate. */
  nextKey: join(folder, 'tls', 'next-key.pem'),
  certificate: join(folder, 'tls', 'certificate.pem'),
  authority: join(folder, 'tls', 'authority.pem'),
  enrolmentRequest: join(folder, 'enrolment-request.json'),
  rotationRequest: join(folder, 'rotation-request.json'),
})
