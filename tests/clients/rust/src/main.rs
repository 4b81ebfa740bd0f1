//! rust-rdkafka (librdkafka) with its defaults.
mod records;
mod transact;

use futures_executor::block_on;
use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, NewPartitions, NewTopic,
                     ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, Headers, OwnedHeaders, Timestamp};
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer};
use rdkafka::{ClientContext, Message, Offset, TopicPartitionList};
use records::{check, load, print, Place, Read, Record};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const PARTITIONS: i32 = 3;
const WAIT: Duration = Duration::from_secs(60); // for anything

fn settings(address: &str, more: &[(&str, &str)]) -> ClientConfig {
    let mut made = ClientConfig::new();
    made.set("bootstrap.servers", address);
    for (name, value) in more {
        made.set(*name, *value);
    }
    made
}

type Admin = AdminClient<DefaultClientContext>;

fn create(admin: &Admin, topic: &str, partitions: i32) -> Result<String, (String, RDKafkaErrorCode)> {
    let wanted = NewTopic::new(topic, partitions, TopicReplication::Fixed(1));
    let created = block_on(admin.create_topics(&[wanted], &AdminOptions::new())).expect("an answer");
    created.into_iter().next().expect("a topic")
}

/// Where each record was delivered, by its number.
struct Reports(Arc<Mutex<Vec<Option<Place>>>>);

impl ClientContext for Reports {}

impl ProducerContext for Reports {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, index: usize) {
        let message = result.as_ref().expect("delivered");
        let before = self.0.lock().unwrap()[index].replace((message.partition(), message.offset()));
        assert!(before.is_none(), "record {index} was delivered twice");
    }
}

fn write(address: &str, records: &[Record], topic: &str, codec: &str) -> Vec<Place> {
    let places = Arc::new(Mutex::new(vec![None; records.len()]));
    let more = [("compression.type", codec)];
    let producer: ThreadedProducer<Reports> =
        settings(address, if codec == "none" { &[] } else { &more })
            .create_with_context(Reports(places.clone()))
            .expect("a producer");
    for (index, each) in records.iter().enumerate() {
        let mut headers = OwnedHeaders::new();
        for (key, value) in &each.headers {
            headers = headers.insert(Header { key, value: value.as_ref() });
        }
        let mut record = BaseRecord::<[u8], [u8], usize>::with_opaque_to(topic, index)
            .timestamp(each.time)
            .headers(headers);
        record.key = each.key.as_deref();
        record.payload = each.value.as_deref();
        producer.send(record).map_err(|(error, _)| error).expect("taken");
    }
    producer.flush(WAIT).expect("all is delivered");
    let places = places.lock().unwrap();
    places.iter().map(|each| each.expect("a report")).collect()
}

fn told(message: &impl Message) -> Read {
    let Timestamp::CreateTime(time) = message.timestamp() else {
        panic!("the timestamp is not the producer's: {:?}", message.timestamp());
    };
    let headers = message.headers().map_or(vec![], |headers| {
        headers
            .iter()
            .map(|each| (each.key.to_string(), each.value.map(<[u8]>::to_vec)))
            .collect()
    });
    let record = Record {
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers,
        time,
    };
    Read { place: (message.partition(), message.offset()), record }
}

/// The next `count` records, fewer when they do not come in time.
fn next(consumer: &BaseConsumer, count: usize, wait: Duration) -> Vec<Read> {
    let deadline = Instant::now() + wait;
    let mut found = vec![];
    while found.len() < count && Instant::now() < deadline {
        if let Some(message) = consumer.poll(Duration::from_millis(50)) {
            found.push(told(&message.expect("a record")));
        }
    }
    found
}

fn places(of: &[Read]) -> Vec<Place> {
    of.iter().map(|each| each.place).collect()
}

fn read(address: &str, topic: &str) -> Vec<Read> {
    let consumer: BaseConsumer =
        settings(address, &[("group.id", "none-of-this")]).create().expect("a consumer");
    let about = consumer.fetch_metadata(Some(topic), WAIT).expect("metadata");
    let mut wanted = TopicPartitionList::new();
    let mut count = 0;
    for each in about.topics()[0].partitions() {
        let (low, high) = consumer.fetch_watermarks(topic, each.id(), WAIT).expect("offsets");
        count += (high - low) as usize;
        wanted.add_partition_offset(topic, each.id(), Offset::Beginning).expect("a partition");
    }
    consumer.assign(&wanted).expect("assigned");
    let mut found = next(&consumer, count, WAIT);
    assert_eq!(found.len(), count);
    found.sort_by_key(|each| each.place);
    found
}

/// Without commits of its own: while it is dropped a BaseConsumer takes what is still queued and
/// would commit that, unseen.
fn join(address: &str, group: &str, topic: &str) -> BaseConsumer {
    let consumer: BaseConsumer = settings(
        address,
        &[("group.id", group), ("auto.offset.reset", "earliest"), ("enable.auto.commit", "false")],
    )
    .create()
    .expect("a member");
    consumer.subscribe(&[topic]).expect("subscribed");
    consumer
}

/// Commit, close, open again: the group goes on where it was.
fn continues(address: &str, topic: &str, count: usize) {
    let group = format!("{topic}-group");
    let first = join(address, &group, topic);
    let mut all: HashSet<Place> = places(&next(&first, 200, WAIT)).into_iter().collect();
    first.commit_consumer_state(CommitMode::Sync).expect("committed");
    drop(first);
    let second = join(address, &group, topic);
    for each in next(&second, count - 200, WAIT) {
        assert!(all.insert(each.place), "{:?} was read twice", each.place);
    }
    assert_eq!(all.len(), count);
    assert!(next(&second, 1, Duration::from_millis(500)).is_empty(), "more comes");
    second.commit_consumer_state(CommitMode::Sync).expect("committed");
}

fn owned(consumer: &BaseConsumer) -> Vec<i32> {
    let assigned = consumer.assignment().expect("an assignment");
    assigned.elements().iter().map(|each| each.partition()).collect()
}

/// Two members: each partition has exactly one owner, and each record one reader.
fn share(address: &str, topic: &str, records: &[Record]) {
    let group = format!("{topic}-shared");
    let one = join(address, &group, topic);
    assert_eq!(next(&one, records.len(), WAIT).len(), records.len());
    one.commit_consumer_state(CommitMode::Sync).expect("committed");
    let other = join(address, &group, topic);
    let deadline = Instant::now() + WAIT;
    loop {
        for each in [&one, &other] {
            assert!(next(each, 1, Duration::from_millis(50)).is_empty(), "read again");
        }
        let mut both = [owned(&one), owned(&other)].concat();
        both.sort();
        if both == [0, 1, 2] && !owned(&one).is_empty() && !owned(&other).is_empty() {
            break;
        }
        assert!(Instant::now() < deadline, "owned: {:?} {:?}", owned(&one), owned(&other));
    }
    let mut written = write(address, &records[..90], topic, "none");
    let mut found = vec![];
    while found.len() < written.len() && Instant::now() < deadline {
        for each in [&one, &other] {
            for got in places(&next(each, 10, Duration::from_millis(50))) {
                assert!(owned(each).contains(&got.0), "read by its owner");
                found.push(got);
            }
        }
    }
    found.sort();
    written.sort();
    assert_eq!(found, written);
}

fn administration(address: &str, admin: &Admin, topic: &str, records: &[Record]) {
    let options = AdminOptions::new();
    let group = format!("{topic}-group");
    let consumer: BaseConsumer =
        settings(address, &[("group.id", group.as_str())]).create().expect("a consumer");
    let mut asked = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        asked.add_partition(topic, partition);
    }
    let committed = consumer.committed_offsets(asked.clone(), WAIT).expect("committed");
    let total: i64 = committed.elements().iter().filter_map(|each| each.offset().to_raw()).sum();
    assert_eq!(total, records.len() as i64);
    let groups = consumer.fetch_group_list(Some(&group), WAIT).expect("groups");
    assert_eq!(groups.groups()[0].state(), "Empty");
    let mut times = TopicPartitionList::new();
    let since = Offset::Offset(records[records.len() / 2].time);
    times.add_partition_offset(topic, 0, since).expect("a time");
    let found = consumer.offsets_for_times(times, WAIT).expect("offsets");
    assert!(found.elements()[0].offset().to_raw().is_some_and(|offset| offset > 0));
    let deleted = block_on(admin.delete_groups(&[&group], &options)).expect("an answer");
    deleted[0].as_ref().expect("the group is deleted");

    let again = create(admin, topic, 1).expect_err("created twice");
    assert_eq!(again.1, RDKafkaErrorCode::TopicAlreadyExists);
    let more = NewPartitions::new(topic, 5);
    block_on(admin.create_partitions(&[more], &options)).expect("an answer")[0]
        .as_ref()
        .expect("five partitions");
    let configs = block_on(admin.describe_configs(&[ResourceSpecifier::Topic(topic)], &options));
    let configs = configs.expect("an answer").remove(0).expect("configs");
    let size = configs.get("segment.bytes").expect("segment.bytes");
    assert_eq!(size.value.as_deref(), Some("1073741824"));
    let wanted = AlterConfig::new(ResourceSpecifier::Topic(topic)).set("retention.ms", "7200000");
    block_on(admin.alter_configs(&[wanted], &options)).expect("an answer")[0]
        .as_ref()
        .expect("altered");
    let mut below = TopicPartitionList::new();
    below.add_partition_offset(topic, 1, Offset::Offset(7)).expect("an offset");
    block_on(admin.delete_records(&below, &options)).expect("records are deleted");
    assert_eq!(consumer.fetch_watermarks(topic, 1, WAIT).expect("offsets").0, 7);
    block_on(admin.delete_topics(&[topic], &options)).expect("an answer")[0]
        .as_ref()
        .expect("the topic is deleted");
    let left = consumer.fetch_metadata(None, WAIT).expect("metadata");
    assert!(left.topics().iter().all(|each| each.name() != topic), "the topic is there");
}

fn scenario(address: &str, path: &str, prefix: &str) -> Result<(), KafkaError> {
    let records = load(path);
    let admin: Admin = settings(address, &[]).create()?;
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let topic = format!("{prefix}-{codec}");
        create(&admin, &topic, PARTITIONS).expect("created");
        let places = write(address, &records, &topic, codec);
        check(&read(address, &topic), &records, &places);
    }
    continues(address, &format!("{prefix}-none"), records.len());
    share(address, &format!("{prefix}-gzip"), &records);
    administration(address, &admin, &format!("{prefix}-none"), &records);
    println!("rust-rdkafka: the scenario is done");
    Ok(())
}

fn main() -> Result<(), KafkaError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["scenario", address, path, prefix] => scenario(address, path, prefix)?,
        ["write", address, path, topic, codec] => {
            write(address, &load(path), topic, codec);
        }
        ["read", address, ref topics @ ..] => {
            for topic in topics {
                print(topic, &read(address, topic));
            }
        }
        ["transact", address] => transact::transact(address),
        _ => panic!("what to do?"),
    }
    Ok(())
}
