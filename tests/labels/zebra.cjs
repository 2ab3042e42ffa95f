// Draws printer jobs: a line of JSON {zpl, widthMm, heightMm, dotsPerMm} in, a line with the picture (PNG, base64) out.
globalThis.crypto ??= require("node:crypto").webcrypto
const { ready } = require("zpl-renderer-js")

async function main() {
  const { api } = await ready
  for await (const line of require("node:readline").createInterface({ input: process.stdin })) {
    const job = JSON.parse(line)
    const picture = await api
      .zplToBase64Async(job.zpl, job.widthMm, job.heightMm, job.dotsPerMm)
      .catch((fault) => `fault: ${String(fault).split("\n")[0]}`)
    process.stdout.write(`${picture}\n`)
  }
  // The drawing program keeps Node.js alive.
  process.exit(0)
}

main()
