// @platformatic/kafka with its defaults.
'use strict'
const assert = require('node:assert/strict')
const zlib = require('node:zlib')
const { Queue, run, until } = require('../scenario.cjs')

// It leaves zstd to Node.js, which has it from 22.15 on.
const codecs = ['none', 'gzip', 'snappy', 'lz4', ...(zlib.zstdCompressSync ? ['zstd'] : [])]
// Closing waits for the fetch under way, which by default may wait five seconds for records.
const maxWaitTime = 200
const partitionsOfTopics = 3

class Client {
  codecs = codecs
  // It hands on what a fetch begun before a rebalance brings, even of partitions that it has lost.
  staleFetches = 2 * maxWaitTime
  #kafka
  #admin

  constructor (kafka, address) {
    this.#kafka = kafka
    this.address = address
    this.#admin = new kafka.Admin(this.#base('admin'))
  }

  #base (clientId) {
    return { clientId, bootstrapBrokers: [this.address] }
  }

  writable (record) {
    return record
  }

  async create (topic, partitions) {
    const [created] = await this.#admin.createTopics({ topics: [topic], partitions, replicas: 1 })
    assert.equal(created.partitions, partitions)
  }

  async write (topic, compression, records) {
    const chosen = new Map() // what the default partitioner says of each message with a key
    const partitioner = (message, key) => {
      const partition = this.#kafka.defaultPartitioner(message, key) % partitionsOfTopics
      chosen.set(message, partition)
      return partition
    }
    const producer = new this.#kafka.Producer({
      ...this.#base('producer'), idempotent: true, partitioner
    })
    const places = []
    for (let at = 0; at < records.length;) {
      // One send is one batch a partition, which may not be larger than a megabyte.
      const size = records[at].value?.length > 100_000 ? 1 : 20
      const part = records.slice(at, at + size)
      const messages = part.map(({ key, value, headers, time }, index) => ({
        topic, key, value, timestamp: BigInt(time),
        headers: new Map(headers.map(([name, content]) => [Buffer.from(name), content])),
        ...(key === null ? { partition: (at + index) % partitionsOfTopics } : {})
      }))
      const { offsets } = await producer.send({ compression, messages })
      const next = new Map(offsets.map(each => [each.partition, Number(each.offset)]))
      for (const each of messages) {
        const partition = each.partition ?? chosen.get(each)
        places.push({ partition, offset: next.get(partition) })
        next.set(partition, next.get(partition) + 1)
      }
      at += part.length
    }
    await producer.close()
    return places
  }

  async join (clientId, groupId, topic, queue = new Queue(), mode = 'committed') {
    const consumer = new this.#kafka.Consumer({ ...this.#base(clientId), groupId, maxWaitTime })
    let owned = []
    const settle = () => {
      owned = consumer.assignments?.find(each => each.topic === topic)?.partitions ?? []
    }
    consumer.on('consumer:group:join', settle)
    consumer.on('consumer:group:rebalance', () => { owned = [] })
    const stream = await consumer.consume({
      topics: [topic], mode, fallbackMode: 'earliest', autocommit: false
    })
    settle()
    const ended = (async () => {
      for await (const message of stream) {
        const headers = [...message.headers].map(([name, value]) =>
          [name.toString(), value ?? null])
        await queue.offer({
          partition: message.partition, offset: Number(message.offset), key: message.key ?? null,
          value: message.value ?? null, headers, time: Number(message.timestamp)
        })
      }
    })()
    return {
      take: () => queue.take(),
      owned: () => owned,
      commit: async read => {
        const ends = new Map()
        for (const { partition, offset } of read) {
          ends.set(partition, Math.max(ends.get(partition) ?? 0, offset + 1))
        }
        await consumer.commit({
          offsets: [...ends].map(([partition, offset]) =>
            ({ topic, partition, offset: BigInt(offset), leaderEpoch: 0 }))
        })
      },
      close: async () => {
        queue.close()
        await stream.close()
        await ended
        await consumer.close()
      }
    }
  }

  #offsets (topic, timestamp) {
    const asked = [0, 1, 2].map(partitionIndex => ({ partitionIndex, timestamp: BigInt(timestamp) }))
    return this.#admin.listOffsets({ topics: [{ name: topic, partitions: asked }] })
      .then(([found]) => found.partitions.map(each => Number(each.offset)))
  }

  async read (topic) {
    const ends = await this.#offsets(topic, -1)
    const count = ends.reduce((sum, each) => sum + each, 0)
    const found = []
    const queue = { offer: async record => found.push(record), close () {} }
    const group = `read-${topic}-${process.pid}`
    const member = await this.join('reader', group, topic, queue, 'earliest')
    await until(() => found.length >= count, `${count} records are read`)
    await member.close()
    await this.#admin.deleteGroups({ groups: [group] })
    return found
  }

  async admin (topic, group, records) {
    const admin = this.#admin
    assert.ok((await admin.listGroups()).has(group), 'listed')
    const described = await admin.describeGroups({ groups: [group] })
    assert.equal(described.get(group).state, 'EMPTY')
    const [committed] = await admin.listConsumerGroupOffsets({ groups: [group] })
    const total = committed.topics[0].partitions.reduce(
      (sum, each) => sum + Number(each.committedOffset), 0)
    assert.equal(total, records.length)
    await admin.deleteGroups({ groups: [group] })
    const since = await this.#offsets(topic, records[records.length / 2].time)
    assert.ok(since.every(each => each > 0), 'since a time')
    assert.deepEqual(await this.#offsets(topic, -2), [0, 0, 0])

    await assert.rejects(this.create(topic, 1), 'created again')
    await admin.createPartitions({ topics: [{ name: topic, count: 5, assignments: null }] })
    await admin.incrementalAlterConfigs({
      resources: [{
        resourceType: 2, resourceName: topic,
        configs: [{ name: 'retention.ms', configOperation: 0, value: '7200000' }]
      }]
    })
    const [config] = await admin.describeConfigs({
      resources: [{ resourceType: 2, resourceName: topic, configurationKeys: ['retention.ms'] }]
    })
    assert.equal(config.configs[0].value, '7200000')
    const [deleted] = await admin.deleteRecords({
      topics: [{ name: topic, partitions: [{ partition: 1, offset: 7n }] }]
    })
    assert.equal(deleted.partitions[0].lowWatermark, 7n)
    await admin.deleteTopics({ topics: [topic] })
    assert.ok(!(await admin.listTopics()).includes(topic), 'the topic is gone')
  }

  close () {
    return this.#admin.close()
  }
}

run('@platformatic/kafka', async address => new Client(await import(require.resolve(
  '@platformatic/kafka')), address))
