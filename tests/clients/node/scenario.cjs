// What the JavaScript clients do and check: the records of records.py, the comparison of what was
// read, and the steps that each library goes through its own way.
'use strict'
const assert = require('node:assert/strict')
const { createHash } = require('node:crypto')
const { readFileSync, writeSync } = require('node:fs')

const partitions = 3
const wait = 60_000 // milliseconds, for anything

const decode = text => (text === null ? null : Buffer.from(text, 'base64'))

function shown (data) {
  if (data === null || data === undefined) return null
  if (data.length <= 64) return data.toString('base64')
  return 'sha256:' + createHash('sha256').update(data).digest('hex')
}

function load (path) {
  return readFileSync(path, 'utf8').trim().split('\n').map(JSON.parse).map(line => ({
    key: decode(line.k), value: decode(line.v), time: line.t,
    headers: line.h.map(([name, value]) => [name, decode(value)])
  }))
}

const asLine = of => ({
  k: shown(of.key), v: shown(of.value), t: of.time,
  h: of.headers.map(([name, value]) => [name, shown(value)])
})

const place = of => `${of.partition}-${of.offset}`

function sort (read) {
  return read.sort((a, b) => a.partition - b.partition || a.offset - b.offset)
}

// What was read is what was written, where the reports say, without a gap, key by key.
function check (read, records, places) {
  const missing = new Map(records.map((each, index) => [place(places[index]), asLine(each)]))
  assert.equal(missing.size, records.length, 'two records were delivered to one place')
  const ends = new Map()
  const partitionOf = new Map()
  for (const each of read) {
    const next = ends.get(each.partition) ?? 0
    assert.equal(each.offset, next, `partition ${each.partition}`)
    ends.set(each.partition, next + 1)
    assert.deepEqual(asLine(each), missing.get(place(each)), place(each))
    missing.delete(place(each))
    if (each.key === null) continue
    const key = each.key.toString('hex')
    assert.equal(each.partition, partitionOf.get(key) ?? each.partition, 'a key moved')
    partitionOf.set(key, each.partition)
  }
  assert.equal(missing.size, 0, 'records are missing')
}

const pause = time => new Promise(resolve => setTimeout(resolve, time))

async function until (condition, what) {
  const deadline = Date.now() + wait
  while (!await condition()) {
    assert.ok(Date.now() < deadline, `in time: ${what}`)
    await pause(20)
  }
}

// Records that come to a member and are taken one by one: what is not taken holds the library back.
class Queue {
  #waiting = []
  #closed = false

  // For the library: true when the record was taken.
  offer (record) {
    if (this.#closed) return Promise.resolve(false)
    return new Promise(resolve => this.#waiting.push({ record, resolve }))
  }

  take () {
    const next = this.#waiting.shift()
    next?.resolve(true)
    return next?.record
  }

  close () {
    this.#closed = true
    for (const each of this.#waiting.splice(0)) each.resolve(false)
  }
}

async function collect (member, count) {
  const found = []
  await until(async () => {
    for (let next; found.length < count && (next = member.take()); await pause(0)) found.push(next)
    return found.length === count
  }, `${count} records come`)
  return found
}

// Commit, close, open again: the group goes on where it was.
async function continues (client, topic, records) {
  const group = `${topic}-group`
  const first = await client.join('first', group, topic)
  const begun = await collect(first, 200)
  await first.commit(begun)
  await first.close()
  const second = await client.join('second', group, topic)
  const rest = await collect(second, records.length - 200)
  await pause(500)
  assert.equal(second.take(), undefined, 'nothing more comes')
  assert.equal(new Set([...begun, ...rest].map(place)).size, records.length)
  await second.commit(rest)
  await second.close()
}

// Two members: each partition has exactly one owner, and each record one reader.
async function share (client, topic, records) {
  const one = await client.join('one', `${topic}-shared`, topic)
  await one.commit(await collect(one, records.length))
  const other = await client.join('other', `${topic}-shared`, topic)
  await until(() => {
    const both = [...one.owned(), ...other.owned()].sort()
    return one.owned().length > 0 && other.owned().length > 0 && both.join() === '0,1,2'
  }, 'both own a part')
  await pause(client.staleFetches ?? 0)
  const written = await client.write(topic, 'none', records.slice(0, 90))
  const read = []
  await until(async () => {
    for (const each of [one, other]) {
      const next = each.take()
      if (next === undefined) continue
      assert.ok(each.owned().includes(next.partition), 'read by its owner')
      read.push(place(next))
    }
    await pause(0)
    return read.length >= written.length
  }, 'all is read')
  assert.deepEqual(read.sort(), written.map(place).sort())
  await other.close()
  await until(() => one.owned().length === partitions, 'who is left owns all')
  await one.close()
}

// Runs a library's program. A client has create, write, read, join and admin, and `codecs`.
async function main (name, open) {
  const [verb, address, ...rest] = process.argv.slice(2)
  const client = await open(address)
  if (verb === 'scenario') {
    const records = load(rest[0]).map(client.writable)
    for (const codec of client.codecs) {
      const topic = `${rest[1]}-${codec}`
      await client.create(topic, partitions)
      const places = await client.write(topic, codec, records)
      check(sort(await client.read(topic)), records, places)
    }
    await continues(client, `${rest[1]}-none`, records)
    await share(client, `${rest[1]}-gzip`, records)
    await client.admin(`${rest[1]}-none`, `${rest[1]}-none-group`, records)
    console.log(`${name}: the scenario is done`)
  } else if (verb === 'write') {
    await client.write(rest[1], rest[2], load(rest[0]).map(client.writable))
  } else if (verb === 'transact') {
    await client.transact()
  } else {
    for (const topic of rest) {
      writeSync(1, JSON.stringify({ topic }) + '\n')
      for (const each of sort(await client.read(topic))) {
        const line = { p: each.partition, o: each.offset, ...asLine(each) }
        writeSync(1, JSON.stringify(line) + '\n')
      }
    }
  }
  await client.close()
}

function run (name, open) {
  main(name, open).then(() => process.exit(0), error => {
    console.error(error)
    process.exit(1)
  })
}

module.exports = { Queue, pause, run, until, wait }
