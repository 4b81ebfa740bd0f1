// Goal: record batches are read and written as Kafka's clients do.
// Method: batches made by Kafka's MemoryRecords: every header field is compared, all codecs give
// the same records, and an uncompressed batch is built again byte for byte.
#include <gtest/gtest.h>

#include "broker/protocol/batch_builder.hpp"
#include "broker/protocol/record_reader.hpp"
#include "tests/golden/text_codes.hpp"

namespace weir::broker::protocol {
namespace {

std::vector<golden::row> rows() {
    return golden::read_table("tests/golden/data/batches.tsv");
}

TEST(golden_batches, headers_say_what_kafka_says) {
    for (const auto& row : rows()) {
        SCOPED_TRACE(row.at("case"));
        const auto bytes = golden::from_hex(row.at("hex"));
        const auto batch = batch_view::parse(bytes);
        ASSERT_TRUE(batch.has_value());
        EXPECT_TRUE(batch->crc_matches());
        EXPECT_EQ(batch->size(), bytes.size());
        EXPECT_EQ(std::to_string(batch->base_offset().value()), row.at("base_offset"));
        EXPECT_EQ(std::to_string(batch->last_offset().value()), row.at("last_offset"));
        EXPECT_EQ(std::to_string(batch->partition_leader_epoch().value()), row.at("leader_epoch"));
        EXPECT_EQ(std::stoul(row.at("crc32c"), nullptr, 16), batch->crc());
        EXPECT_EQ(compression::codec_name(batch->codec()), row.at("codec"));
        EXPECT_EQ(batch->is_log_append_time(), row.at("timestamp_type") == "LogAppendTime");
        EXPECT_EQ(std::to_string(batch->max_timestamp()), row.at("max_timestamp"));
        EXPECT_EQ(std::to_string(batch->producer_id().value()), row.at("producer_id"));
        EXPECT_EQ(std::to_string(batch->producer_epoch().value()), row.at("producer_epoch"));
        EXPECT_EQ(std::to_string(batch->base_sequence()), row.at("base_sequence"));
        EXPECT_EQ(batch->is_transactional(), row.at("transactional") == "true");
        EXPECT_EQ(batch->is_control(), row.at("control") == "true");
        EXPECT_EQ(std::to_string(batch->count()), row.at("count"));
    }
}

TEST(golden_batches, every_codec_inflates_to_the_same_records) {
    std::string plain;
    for (const auto& row : rows()) {
        if (!row.at("case").starts_with("plain-")) continue;
        const auto bytes = golden::from_hex(row.at("hex"));
        const auto batch = batch_view::parse(bytes);
        base::bytes scratch;
        const auto payload = inflated_payload(*batch, 1 << 20, scratch);
        ASSERT_TRUE(payload.has_value()) << row.at("case");
        if (plain.empty()) plain = golden::to_hex(*payload);
        EXPECT_EQ(golden::to_hex(*payload), plain) << row.at("case");
    }
}

TEST(golden_batches, a_batch_is_built_again_byte_for_byte) {
    for (const auto& row : rows()) {
        if (row.at("codec") != "none" || row.at("control") == "true" ||
            row.at("timestamp_type") != "CreateTime") {
            continue;
        }
        const auto bytes = golden::from_hex(row.at("hex"));
        const auto batch = batch_view::parse(bytes);
        record_reader records(batch->payload(), batch->count());
        batch_builder builder;
        while (const auto record = records.next()) {
            builder.add(batch->base_timestamp() + record->timestamp_delta, record->key,
                        record->value, *record->parse_headers());
        }
        EXPECT_FALSE(records.failed());
        const auto built =
            builder.finish({.base_offset = batch->base_offset(),
                            .partition_leader_epoch = batch->partition_leader_epoch(),
                            .producer_id = batch->producer_id(),
                            .producer_epoch = batch->producer_epoch(),
                            .base_sequence = batch->base_sequence(),
                            .transactional = batch->is_transactional()});
        EXPECT_EQ(golden::to_hex(built), row.at("hex")) << row.at("case");
    }
}

TEST(golden_batches, any_flipped_bit_behind_the_checksum_is_noticed) {
    const auto original = golden::from_hex(rows().front().at("hex"));
    for (std::size_t at = 21; at < original.size(); ++at) {
        auto flipped = original;
        flipped[at] ^= std::byte{0x10};
        const auto batch = batch_view::parse(flipped);
        EXPECT_TRUE(!batch || !batch->crc_matches()) << at;
    }
}

}  // namespace
}  // namespace weir::broker::protocol
