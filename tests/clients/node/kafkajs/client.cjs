// kafkajs with its defaults; the codecs but gzip are plugins, as its documentation wants them.
'use strict'
const assert = require('node:assert/strict')
const { Kafka, CompressionCodecs, CompressionTypes, Partitioners, logLevel } = require('kafkajs')
const lz4 = require('lz4-napi')
const snappy = require('snappyjs')
const zstd = require('@bokuweb/zstd-wasm')
const { Queue, run, until } = require('../scenario.cjs')
const { transact } = require('./transact.cjs')

const codec = (compress, decompress) => () => ({
  compress: async encoder => Buffer.from(compress(encoder.buffer)),
  decompress: async buffer => Buffer.from(decompress(buffer))
})

// Xerial's frame around snappy's blocks: magic, version, compatible, then (size, block)...
function unframed (data) {
  if (!data.subarray(0, 8).equals(Buffer.from('82534e4150505900', 'hex'))) {
    return snappy.uncompress(data)
  }
  const parts = []
  for (let at = 16; at < data.length;) {
    const size = data.readUInt32BE(at)
    parts.push(snappy.uncompress(data.subarray(at + 4, at + 4 + size)))
    at += 4 + size
  }
  return Buffer.concat(parts)
}

CompressionCodecs[CompressionTypes.Snappy] = codec(snappy.compress, unframed)
CompressionCodecs[CompressionTypes.LZ4] = codec(lz4.compressFrameSync, lz4.decompressFrameSync)
CompressionCodecs[CompressionTypes.ZSTD] = codec(zstd.compress, zstd.decompress)

const types = {
  none: CompressionTypes.None, gzip: CompressionTypes.GZIP, snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4, zstd: CompressionTypes.ZSTD
}

class Client {
  codecs = Object.keys(types)
  #kafka

  constructor (address) {
    this.address = address
    this.#kafka = this.open('kafkajs')
  }

  open (clientId) {
    return new Kafka({ clientId, brokers: [this.address], logLevel: logLevel.ERROR })
  }

  // A header without a value cannot be written: kafkajs fails on it.
  writable (record) {
    return { ...record, headers: record.headers.filter(([, value]) => value !== null) }
  }

  async #admin (use) {
    const admin = this.#kafka.admin()
    await admin.connect()
    try {
      return await use(admin)
    } finally {
      await admin.disconnect()
    }
  }

  create (topic, numPartitions) {
    return this.#admin(async admin => {
      assert.equal(await admin.createTopics({ topics: [{ topic, numPartitions }] }), true)
    })
  }

  async write (topic, codec, records) {
    const chosen = new Map() // what the default partitioner says of each message
    const createPartitioner = () => {
      const standard = Partitioners.DefaultPartitioner()
      return about => {
        const partition = standard(about)
        chosen.set(about.message, partition)
        return partition
      }
    }
    const producer = this.#kafka.producer({ createPartitioner })
    await producer.connect()
    const places = []
    for (let at = 0; at < records.length;) {
      // One send is one batch a partition, which may not be larger than a megabyte.
      const size = records[at].value?.length > 100_000 ? 1 : 20
      const part = records.slice(at, at + size)
      const messages = part.map(({ key, value, headers, time }) => {
        const grouped = {}
        for (const [name, content] of headers) (grouped[name] ??= []).push(content)
        return { key, value, headers: grouped, timestamp: String(time) }
      })
      const reports = await producer.send({ topic, compression: types[codec], messages })
      const next = new Map(reports.map(each => {
        assert.equal(each.errorCode, 0)
        return [each.partition, Number(each.baseOffset)]
      }))
      for (const each of messages) {
        const partition = chosen.get(each)
        places.push({ partition, offset: next.get(partition) })
        next.set(partition, next.get(partition) + 1)
      }
      at += part.length
    }
    await producer.disconnect()
    return places
  }

  async join (name, groupId, topic, queue = new Queue(), more = {}) {
    // Closing waits for the fetch under way, which by default may wait five seconds for records.
    const consumer = this.open(name).consumer({ groupId, maxWaitTimeInMs: 200, ...more })
    let owned = []
    consumer.on(consumer.events.GROUP_JOIN, event => {
      owned = event.payload.memberAssignment[topic] ?? []
    })
    consumer.on(consumer.events.REBALANCING, () => { owned = [] })
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message, heartbeat }) => {
        const headers = Object.entries(message.headers).flatMap(([each, value]) =>
          (Array.isArray(value) ? value : [value]).map(one => [each, one ?? null]))
        const taken = await queue.offer({
          partition, offset: Number(message.offset), key: message.key, value: message.value, headers,
          time: Number(message.timestamp)
        })
        if (taken) await heartbeat()
      }
    })
    return {
      take: () => queue.take(),
      owned: () => owned,
      commit: async read => {
        const ends = new Map()
        for (const { partition, offset } of read) {
          ends.set(partition, Math.max(ends.get(partition) ?? 0, offset + 1))
        }
        await consumer.commitOffsets([...ends].map(([partition, offset]) =>
          ({ topic, partition, offset: String(offset) })))
      },
      close: async () => {
        queue.close()
        await consumer.disconnect()
      }
    }
  }

  // There is no consumer without a group.
  async read (topic) {
    const ends = await this.#admin(admin => admin.fetchTopicOffsets(topic))
    const count = ends.reduce((sum, each) => sum + Number(each.high) - Number(each.low), 0)
    const found = []
    const queue = { offer: async record => found.push(record), close () {} }
    const group = `read-${topic}-${process.pid}`
    const member = await this.join('reader', group, topic, queue)
    await until(() => found.length >= count, `${count} records are read`)
    await member.close()
    await this.#admin(admin => admin.deleteGroups([group]))
    return found
  }

  admin (topic, group, records) {
    return this.#admin(async admin => {
      const { groups } = await admin.listGroups()
      assert.ok(groups.some(each => each.groupId === group), 'listed')
      const described = await admin.describeGroups([group])
      assert.equal(described.groups[0].state, 'Empty')
      const [committed] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
      const total = committed.partitions.reduce((sum, each) => sum + Number(each.offset), 0)
      assert.equal(total, records.length)
      await admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: '5' }] })
      await admin.resetOffsets({ groupId: group, topic, earliest: true })
      await admin.deleteGroups([group])

      const middle = records[records.length / 2].time
      const since = await admin.fetchTopicOffsetsByTimestamp(topic, middle)
      assert.ok(since.every(each => Number(each.offset) > 0), 'since a time')
      assert.equal(await admin.createTopics({ topics: [{ topic }] }), false, 'created again')
      await admin.createPartitions({ topicPartitions: [{ topic, count: 5 }] })
      const about = await admin.fetchTopicMetadata({ topics: [topic] })
      assert.equal(about.topics[0].partitions.length, 5)
      const resource = { type: 2, name: topic }
      const { resources } = await admin.describeConfigs({ resources: [resource] })
      assert.equal(resources[0].configEntries.find(each =>
        each.configName === 'segment.bytes').configValue, '1073741824')
      // By AlterConfigs, older than IncrementalAlterConfigs: what is not named is the default again.
      const value = async name => (await admin.describeConfigs({ resources: [resource] }))
        .resources[0].configEntries.find(each => each.configName === name).configValue
      const alter = (name, value) =>
        admin.alterConfigs({ resources: [{ ...resource, configEntries: [{ name, value }] }] })
      await alter('segment.bytes', '2000000')
      assert.equal(await value('segment.bytes'), '2000000')
      await alter('retention.ms', '7200000')
      assert.equal(await value('segment.bytes'), '1073741824')
      assert.equal(await value('retention.ms'), '7200000')
      await assert.rejects(alter('retention.ms', 'soon'))
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 1, offset: '7' }] })
      const after = await admin.fetchTopicOffsets(topic)
      assert.equal(after.find(each => each.partition === 1).low, '7')
      const cluster = await admin.describeCluster()
      assert.equal(cluster.brokers.length, 1)
      await admin.deleteTopics({ topics: [topic] })
      assert.ok(!(await admin.listTopics()).includes(topic), 'the topic is gone')
    })
  }

  transact () {
    return transact(this)
  }

  async close () {}
}

run('kafkajs', async address => {
  await zstd.init()
  return new Client(address)
})
