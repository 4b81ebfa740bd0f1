// kafkajs's transactions by the commands of exactly_once_test.py: a line each, answered by a line.
'use strict'
const { createInterface } = require('node:readline')
const { Queue, pause, until } = require('../scenario.cjs')

class Transactor {
  #client; #producer; #next; #current; #group; #topic; #queue; #member

  constructor (client) {
    this.#client = client
  }

  // A transaction is opened at once: kafkajs gets its producer id then.
  async open (id, timeout, group, topic) {
    this.#producer = this.#client.open(id).producer({
      transactionalId: id, transactionTimeout: Number(timeout), idempotent: true,
      maxInFlightRequests: 1
    })
    await this.#producer.connect()
    this.#next = await this.#producer.transaction()
    if (group === undefined) return []
    this.#group = group
    this.#topic = topic
    await this.#join()
    return []
  }

  async #join () {
    this.#queue = new Queue()
    this.#member = await this.#client.join('member', this.#group, this.#topic, this.#queue,
      { sessionTimeout: 6000, heartbeatInterval: 1000 })
  }

  async begin () {
    this.#current = this.#next ?? await this.#producer.transaction()
    this.#next = undefined
    return []
  }

  async write (topic, partition, ...values) {
    const messages = values.map(value => ({ partition: Number(partition), value }))
    await this.#current.send({ topic, messages })
    return []
  }

  async commit () {
    await this.#current.commit()
    return []
  }

  async abort () {
    await this.#current.abort()
    return []
  }

  async #take (most) {
    const found = []
    await until(() => {
      const first = this.#queue.take()
      if (first) found.push(first)
      return first !== undefined
    }, 'a record comes')
    for (let quiet = 0; quiet < 100 && found.length < most; quiet++) {
      await pause(1)
      const next = this.#queue.take()
      if (next === undefined) continue
      found.push(next)
      quiet = 0
    }
    return found
  }

  async transform (topic, ending) {
    const read = await this.#take(20)
    await this.begin()
    const ends = new Map()
    for (const { partition, offset, value } of read) {
      await this.write(topic, partition, `out-${value}`)
      ends.set(partition, String(offset + 1))
    }
    const partitions = [...ends].map(([partition, offset]) => ({ partition, offset }))
    await this.#current.sendOffsets(
      { consumerGroupId: this.#group, topics: [{ topic: this.#topic, partitions }] })
    const values = read.map(each => each.value.toString())
    if (ending === 'hold') return ['held', ...values]
    await this[ending]()
    if (ending === 'commit') return ['committed', ...values]
    this.#queue.close()
    await this.#member.close()
    await this.#join()
    return ['aborted', ...values]
  }

  // What is before the value `end` in each partition.
  async read (topic, isolation, end) {
    const found = []
    const ended = new Set()
    const queue = {
      offer: async ({ partition, value }) => {
        if (value.toString() === end) ended.add(partition)
        else if (!ended.has(partition)) found.push(value.toString())
        return true
      },
      close () {}
    }
    const member = await this.#client.join('reader', `read-${topic}-${end}-${process.pid}`, topic,
      queue, { readUncommitted: isolation === 'uncommitted' })
    await until(() => ended.size === 3, `${end} is read`)
    await member.close()
    return found
  }
}

async function transact (client) {
  const transactor = new Transactor(client)
  for await (const line of createInterface({ input: process.stdin })) {
    const [verb, ...words] = line.split(' ')
    try {
      console.log(['ok', ...await transactor[verb](...words)].join(' '))
    } catch (error) {
      const told = error.cause ?? error
      console.log('error', told.type ?? String(told).replaceAll(' ', '_'))
    }
  }
}

module.exports = { transact }
