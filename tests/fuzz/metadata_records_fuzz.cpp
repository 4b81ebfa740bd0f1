// The records of the metadata log: whatever they hold, each is refused or applied; the image
// answers, decisions on top of it can be made, and what was read is written again to the same.
// Input: values of records, each with its length.
#include "broker/controller/core/controller_core.hpp"
#include "tests/fuzz/memory.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/golden/text_codes.hpp"

namespace weir::fuzz {
namespace {

using namespace broker;
using namespace broker::controller;

void ask(const metadata_image& image) {
    std::size_t partitions = 0;
    for (const auto& topic : image.sorted_topics()) {
        require(image.topic(topic->id) != nullptr);
        partitions += topic->partitions.size();
        (void)image.colliding_topic(topic->name);
        (void)image.configs({.type = resource_type::topic, .name = topic->name});
    }
    require(image.partition_count() == partitions);
}

void decide(controller_core& core) {
    protocol::create_topics_request create;
    protocol::create_partitions_request more;
    protocol::delete_topics_request removal;
    auto& wanted = create.topics.emplace_back();
    wanted.name = "fuzz";
    wanted.num_partitions = 2;
    wanted.replication_factor = 1;
    for (const auto& topic : core.image().sorted_topics()) {
        auto& each = more.topics.emplace_back();
        each.name = topic->name;
        each.count = static_cast<std::int32_t>(topic->partitions.size()) + 1;
        each.assignments.reset();
        protocol::delete_topics_request::delete_topic_state by_id;
        by_id.topic_id = topic->id;
        removal.topics.push_back(by_id);
    }
    (void)core.create_topics(create);
    (void)core.create_partitions(more);
    (void)core.register_broker({.id = node_id(1)}, topic_id{.high = 1, .low = 1});
    (void)core.allocate_producer_ids(node_id(1));
    (void)core.delete_topics(removal);
    ask(core.image());
}

void try_records(input& in, std::size_t size) {
    controller_options options;
    options.check_topic_config = [](std::string_view, std::string_view) { return std::nullopt; };
    controller_core core(std::move(options), 1);
    const memory_scope memory;
    while (!in.empty()) {
        const auto value = in.take_piece();
        const auto record = decode_metadata_record(value);
        if (!record) {
            require(!record.error().empty());
            continue;
        }
        const auto written = encode_metadata_record(*record);
        const auto again = decode_metadata_record(written);
        require(again.has_value() && *again == *record);
        (void)core.replay(*record);
    }
    // The empty maps of an image take 12 KiB.
    require(memory.peak() <= size * 256 + 1024UL * 1024);
    ask(core.image());
    decide(core);
}

// What a controller writes when topics come, grow and go.
metadata_records decided() {
    controller_options options;
    options.check_topic_config = [](std::string_view, std::string_view) { return std::nullopt; };
    controller_core core(std::move(options), 1);
    metadata_records all;
    const auto add = [&all](const metadata_records& more) {
        all.insert(all.end(), more.begin(), more.end());
    };
    add(core.initial_features());
    add(core.register_broker({.id = node_id(1), .epoch = 3}, topic_id{.high = 1, .low = 1}));
    protocol::create_topics_request create;
    for (const auto* name : {"a", "b.c"}) {
        auto& wanted = create.topics.emplace_back();
        wanted.name = name;
        wanted.num_partitions = 2;
        wanted.replication_factor = 1;
        wanted.configs.emplace_back();
        wanted.configs.back().name = "retention.ms";
        wanted.configs.back().value = "1";
    }
    add(core.create_topics(create).records);
    protocol::create_partitions_request more;
    more.topics.emplace_back();
    more.topics.back().name = "a";
    more.topics.back().count = 3;
    more.topics.back().assignments.reset();
    add(core.create_partitions(more).records);
    add(core.change_configs({.name = "a"}, {{.name = "retention.ms", .value = std::nullopt}}));
    add(core.register_broker({.id = node_id(1), .epoch = 9}, topic_id{.high = 1, .low = 2}));
    add(core.allocate_producer_ids(node_id(1)).records);
    protocol::delete_topics_request removal;
    removal.topic_names = {"b.c"};
    add(core.delete_topics(removal).records);
    return all;
}

}  // namespace

std::vector<base::bytes> seeds() {
    std::vector<base::bytes> made;
    output life;
    for (const auto& each : decided())
        life.put_piece(encode_metadata_record(each));
    made.push_back(life.take());
    output everything;
    for (const auto& each : golden::read_table("tests/golden/data/messages.tsv")) {
        if (each.at("folder") != "metadata" || each.at("key").empty()) continue;
        protocol::writer frame;
        frame.put_unsigned_varint(1);
        frame.put_unsigned_varint(static_cast<std::uint32_t>(std::stoi(each.at("key"))));
        frame.put_unsigned_varint(static_cast<std::uint32_t>(std::stoi(each.at("version"))));
        frame.put_raw(golden::from_hex(each.at("hex")));
        made.push_back(output().put_piece(frame.buffer()).take());
        everything.put_piece(frame.buffer());
    }
    made.push_back(everything.take());
    return made;
}

}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    weir::fuzz::input in(data, size);
    weir::fuzz::try_records(in, size);
    return 0;
}
