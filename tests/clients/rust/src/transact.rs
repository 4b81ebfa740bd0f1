//! Transactions by the commands of exactly_once_test.py: a line each, answered by a line.
use crate::{next, settings, PARTITIONS, WAIT};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer};
use rdkafka::{ClientContext, Message, Offset, TopicPartitionList};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The last error of a delivery.
#[derive(Clone, Default)]
struct Failure(Arc<Mutex<Option<KafkaError>>>);

impl ClientContext for Failure {}

impl ProducerContext for Failure {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, _: ()) {
        if let Err((error, _)) = result {
            self.0.lock().unwrap().replace(error.clone());
        }
    }
}

struct Transactor {
    address: String,
    producer: ThreadedProducer<Failure>,
    failure: Failure,
    group: Vec<String>, // and its topic; empty when it is no member
    member: Option<BaseConsumer>,
}

fn join(address: &str, group: &[String]) -> Option<BaseConsumer> {
    let [group, topic] = group else { return None };
    let more = [("group.id", group.as_str()), ("auto.offset.reset", "earliest"),
                ("enable.auto.commit", "false"), ("isolation.level", "read_committed"),
                ("session.timeout.ms", "6000"), ("log_level", "0")];
    let member: BaseConsumer = settings(address, &more).create().expect("a member");
    member.subscribe(&[topic]).expect("subscribed");
    Some(member)
}

impl Transactor {
    fn open(address: &str, words: &[&str]) -> KafkaResult<Self> {
        let failure = Failure::default();
        let more = [("transactional.id", words[0]), ("transaction.timeout.ms", words[1]),
                    ("log_level", "0")];
        let producer: ThreadedProducer<Failure> =
            settings(address, &more).create_with_context(failure.clone())?;
        producer.init_transactions(WAIT)?;
        let group: Vec<String> = words[2..].iter().map(|each| each.to_string()).collect();
        let member = join(address, &group);
        Ok(Self { address: address.to_string(), producer, failure, group, member })
    }

    fn send(&self, topic: &str, partition: i32, value: &str) -> KafkaResult<()> {
        let record = BaseRecord::<(), str>::to(topic).partition(partition).payload(value);
        self.producer.send(record).map_err(|(error, _)| error)
    }

    fn write(&self, topic: &str, partition: i32, values: &[&str]) -> KafkaResult<()> {
        for value in values {
            self.send(topic, partition, value)?;
        }
        self.flush()
    }

    fn flush(&self) -> KafkaResult<()> {
        self.producer.flush(WAIT)?;
        self.failure.0.lock().unwrap().take().map_or(Ok(()), Err)
    }

    fn transform(&mut self, topic: &str, ending: &str) -> KafkaResult<Vec<String>> {
        let member = self.member.as_ref().expect("a member");
        let mut read = next(member, 1, WAIT);
        read.extend(next(member, 19, Duration::from_millis(100)));
        self.producer.begin_transaction()?;
        let mut ends = HashMap::new();
        let mut values = vec![];
        for each in &read {
            let value = String::from_utf8(each.record.value.clone().expect("a value")).unwrap();
            self.send(topic, each.place.0, &format!("out-{value}"))?;
            ends.insert((self.group[1].clone(), each.place.0), Offset::Offset(each.place.1 + 1));
            values.push(value);
        }
        self.flush()?;
        let offsets = TopicPartitionList::from_topic_map(&ends)?;
        let about = member.group_metadata().expect("of a group");
        self.producer.send_offsets_to_transaction(&offsets, &about, WAIT)?;
        let ended = match ending {
            "commit" => {
                self.producer.commit_transaction(WAIT)?;
                "committed"
            }
            "abort" => {
                self.producer.abort_transaction(WAIT)?;
                drop(self.member.take());
                self.member = join(&self.address, &self.group); // where it was
                "aborted"
            }
            _ => "held",
        };
        values.insert(0, ended.to_string());
        Ok(values)
    }
}

/// What is before the value `end` in each partition.
fn before(address: &str, topic: &str, isolation: &str, end: &str) -> KafkaResult<Vec<String>> {
    let isolation = format!("read_{isolation}");
    let more = [("group.id", "none"), ("isolation.level", isolation.as_str())];
    let consumer: BaseConsumer = settings(address, &more).create()?;
    let mut wanted = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        wanted.add_partition_offset(topic, partition, Offset::Beginning)?;
    }
    consumer.assign(&wanted)?;
    let mut found = vec![];
    let mut ended = HashSet::new();
    while ended.len() < PARTITIONS as usize {
        let Some(message) = consumer.poll(WAIT) else { panic!("{end} did not come") };
        let message = message?;
        let value = String::from_utf8(message.payload().expect("a value").to_vec()).unwrap();
        if value == end {
            ended.insert(message.partition());
        } else if !ended.contains(&message.partition()) {
            found.push(value);
        }
    }
    Ok(found)
}

/// The error as Kafka names it.
fn name(error: &KafkaError) -> String {
    let code = match error {
        KafkaError::Transaction(inner) => Some(inner.code()),
        other => other.rdkafka_error_code(),
    };
    match code {
        Some(RDKafkaErrorCode::Fenced | RDKafkaErrorCode::ProducerFenced) => {
            "PRODUCER_FENCED".to_string()
        }
        Some(RDKafkaErrorCode::InvalidProducerEpoch) => "INVALID_PRODUCER_EPOCH".to_string(),
        _ => error.to_string().replace(' ', "_"),
    }
}

fn command(
    address: &str, with: &mut Option<Transactor>, words: &[&str],
) -> KafkaResult<Vec<String>> {
    match words {
        ["open", rest @ ..] => *with = Some(Transactor::open(address, rest)?),
        ["read", topic, isolation, end] => return before(address, topic, isolation, end),
        ["transform", topic, ending] => {
            return with.as_mut().expect("opened").transform(topic, ending);
        }
        ["write", topic, partition, values @ ..] => {
            with.as_ref().expect("opened").write(topic, partition.parse().unwrap(), values)?;
        }
        ["begin"] => with.as_ref().expect("opened").producer.begin_transaction()?,
        ["commit"] => with.as_ref().expect("opened").producer.commit_transaction(WAIT)?,
        ["abort"] => with.as_ref().expect("opened").producer.abort_transaction(WAIT)?,
        _ => panic!("what to do?"),
    }
    Ok(vec![])
}

pub fn transact(address: &str) {
    let mut with = None;
    for line in std::io::stdin().lines() {
        let line = line.expect("a command");
        let words: Vec<&str> = line.split(' ').collect();
        match command(address, &mut with, &words) {
            Ok(mut answer) => {
                answer.insert(0, "ok".to_string());
                println!("{}", answer.join(" "));
            }
            Err(error) => println!("error {}", name(&error)),
        }
    }
}
