// Lints a Dockerfile, and prints its instructions in order.
import { readFileSync } from 'node:fs'
import { validate } from 'dockerfile-utils'
import { DockerfileParser } from 'dockerfile-ast'

const text = readFileSync(process.argv[2], 'utf8')
console.log(JSON.stringify({
  errors: validate(text).map(fault => `line ${fault.range.start.line + 1}: ${fault.message}`),
  instructions: DockerfileParser.parse(text).getInstructions().map(one => ({ keyword: one.getInstruction().toUpperCase(), rest: one.getRawArgumentsContent() ?? '' })),
}))
