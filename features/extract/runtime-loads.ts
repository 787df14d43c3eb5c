/** Whether the runtime of ONNX models loads on this machine. */
export async function runtimeLoads(): Promise<boolean> {
  try {
    await import('onnxruntime-node')
    return true
  } catch {
    return false
  }
}
