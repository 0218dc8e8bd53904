// A process of another language, with an ordinary client of Kafka and nothing of Cmdr but its contract: reads a command and the events that it caused, and
// writes an event of a category of its own. Arguments: bootstrap servers, the command's id. Prints what it read and where it wrote.
import { randomUUID } from 'node:crypto'
import { Kafka, Partitioners, logLevel } from 'kafkajs'

const [servers, commandId] = process.argv.slice(2)
const kafka = new Kafka({ brokers: servers.split(','), clientId: 'thermometers', logLevel: logLevel.NOTHING })
setTimeout(() => { console.error('The command and its event did not come.'); process.exit(1) }, 30_000).unref()

const read = { commands: [], events: [] }
const consumer = kafka.consumer({ groupId: 'thermometers', readUncommitted: false })
await consumer.connect()
await consumer.subscribe({ topics: ['commands', 'events'], fromBeginning: true })
await new Promise(resolve => consumer.run({
  eachMessage: async ({ topic, partition, message }) => {
    const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, value.toString()]))
    const isOurs = topic === 'commands' ? headers.ce_id === commandId : headers.ce_causationid === commandId
    if (isOurs) read[topic].push({ topic, partition, offset: message.offset, key: message.key.toString(), headers, value: JSON.parse(message.value.toString()) })
    if (read.commands.length > 0 && read.events.some(event => event.headers.ce_outcome)) resolve()
  }
}))
await consumer.disconnect()

const id = randomUUID()
const producer = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner })
await producer.connect()
const [written] = await producer.send({
  topic: 'events',
  messages: [{
    key: 'sensor/s1',
    value: JSON.stringify({ celsius: 21.5 }),
    headers: {
      ce_specversion: '1.0', ce_id: id, ce_type: 'temperature-measured', ce_source: '/thermometers', ce_subject: 'sensor/s1',
      ce_time: new Date().toISOString(), 'content-type': 'application/json'
    }
  }]
})
await producer.disconnect()
console.log(JSON.stringify({ ...read, written: { id, partition: written.partition, offset: Number(written.baseOffset) } }))
