/** Whether the table reader's native part loads on this machine. */
export async function readerLoads(): Promise<boolean> {
  try {
    const { version } = await import('@duckdb/node-api')
    return version().length > 0
  } catch {
    return false
  }
}
