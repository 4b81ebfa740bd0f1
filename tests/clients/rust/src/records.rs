//! The records of records.py, what is printed of one that was read, and the comparison.
use base64::{engine::general_purpose::STANDARD, Engine};
use serde_json::{json, Value};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

pub type Place = (i32, i64);

#[derive(Clone)]
pub struct Record {
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    pub time: i64,
}

pub struct Read {
    pub place: Place,
    pub record: Record,
}

fn decode(text: &Value) -> Option<Vec<u8>> {
    text.as_str().map(|text| STANDARD.decode(text).expect("base64"))
}

pub fn load(path: &str) -> Vec<Record> {
    let parse = |line: &str| {
        let from: Value = serde_json::from_str(line).expect("a line of JSON");
        let headers = from["h"].as_array().expect("headers").iter();
        Record {
            key: decode(&from["k"]),
            value: decode(&from["v"]),
            headers: headers.map(|each| (text(&each[0]), decode(&each[1]))).collect(),
            time: from["t"].as_i64().expect("a time"),
        }
    };
    std::fs::read_to_string(path).expect("the records").lines().map(parse).collect()
}

fn text(of: &Value) -> String {
    of.as_str().expect("text").to_string()
}

fn shown(data: &Option<Vec<u8>>) -> Value {
    match data {
        None => Value::Null,
        Some(data) if data.len() > 64 => {
            let hex: String = Sha256::digest(data).iter().map(|each| format!("{each:02x}")).collect();
            json!(format!("sha256:{hex}"))
        }
        Some(data) => json!(STANDARD.encode(data)),
    }
}

fn as_line(of: &Record) -> Value {
    let headers: Vec<Value> =
        of.headers.iter().map(|(name, value)| json!([name, shown(value)])).collect();
    json!({"k": shown(&of.key), "v": shown(&of.value), "h": headers, "t": of.time})
}

pub fn print(topic: &str, read: &[Read]) {
    println!("{}", json!({"topic": topic}));
    for each in read {
        let mut line = as_line(&each.record);
        line["p"] = json!(each.place.0);
        line["o"] = json!(each.place.1);
        println!("{line}");
    }
}

/// What was read is what was written, where the reports say, without a gap, key by key.
pub fn check(read: &[Read], records: &[Record], places: &[Place]) {
    let mut missing: HashMap<Place, Value> =
        places.iter().copied().zip(records.iter().map(as_line)).collect();
    assert_eq!(missing.len(), records.len(), "two records were delivered to one place");
    let mut ends: HashMap<i32, i64> = HashMap::new();
    let mut partition_of: HashMap<&[u8], i32> = HashMap::new();
    for each in read {
        let (partition, offset) = each.place;
        let next = ends.entry(partition).or_insert(0);
        assert_eq!(offset, *next, "partition {partition}");
        *next += 1;
        assert_eq!(Some(as_line(&each.record)), missing.remove(&each.place), "{:?}", each.place);
        if let Some(key) = &each.record.key {
            assert_eq!(*partition_of.entry(key).or_insert(partition), partition, "a key moved");
        }
    }
    assert!(missing.is_empty(), "{} records are missing", missing.len());
}
