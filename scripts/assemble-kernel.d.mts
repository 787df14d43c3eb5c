export function assembleKernel(): Promise<string>
export function kernelFile(base64: string): string
