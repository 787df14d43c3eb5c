/** The part of a configuration that names a node's certificate; nothing where the platform is reached within one machine. */
export const tlsLines = (platform: string): string =>
  platform.startsWith('https:')
    ? `# This node's certificate; "yinxin rotate THIS_FILE" replaces it, the running process takes the new one. 本节点的证书。
tls:
  certificate: tls/certificate.pem
  key: tls/key.pem
  authority: tls/authority.pem
`
    : ''
