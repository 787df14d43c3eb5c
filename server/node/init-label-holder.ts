/** `yinxin label-holder init`: a configuration with a remark on every line that somebody fills in. */
import { writeFile } from 'node:fs/promises'
import { serverErrors } from '../errors.ts'
import { labelHolderTemplate } from './label-holder-template.ts'
import { today } from './today.ts'

/** @throws FileExists, so that nobody's work is replaced */
export async function initLabelHolder({ name, out }: { name: string; out: string }): Promise<void> {
  try {
    await writeFile(out, labelHolderTemplate(name, today()), { flag: 'wx', mode: 0o600 })
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'EEXIST') throw new serverErrors.FileExists(out)
    throw fault
  }
  process.stderr.write(`${out}: fill it in, then "yinxin label-holder check ${out}"\n`)
}
