// Goal: what the batch builder writes, with any codec, the batch and record readers give back.
// Method: random records; build, parse, inflate, read, compare; and build again what was read.
#include <gtest/gtest.h>

#include "broker/log/validator.hpp"
#include "broker/protocol/batch_builder.hpp"
#include "tests/property/random_values.hpp"

namespace weir::broker::protocol {
namespace {

struct plain_record {
    std::int64_t timestamp = 0;
    std::optional<base::bytes> key;
    std::optional<base::bytes> value;
    std::vector<std::pair<std::string, std::optional<base::bytes>>> headers;
    bool operator==(const plain_record&) const = default;
};

std::optional<base::bytes> any_bytes(random_values& random) {
    std::optional<base::bytes> made;
    fill_optional(made, 0, random, true);
    if (made && random.one_in(10)) made->resize(5000);
    return made;
}

std::vector<plain_record> any_records(random_values& random) {
    std::vector<plain_record> made(1 + random.below(random.one_in(10) ? 2000 : 10));
    for (auto& each : made) {
        each.timestamp = random.one_in(50) ? random.number<std::int64_t>()
                                           : 1'700'000'000'000 + random.number<std::int32_t>();
        each.key = any_bytes(random);
        each.value = any_bytes(random);
        for (std::size_t count = random.below(3); count > 0; --count)
            each.headers.emplace_back(random.text(random.length()), any_bytes(random));
    }
    return made;
}

base::bytes build(const std::vector<plain_record>& records, const batch_options& options) {
    batch_builder builder;
    for (const auto& each : records) {
        std::vector<header_view> headers;
        for (const auto& [key, value] : each.headers) {
            headers.push_back(
                {.key = key,
                 .value = value ? std::optional<base::bytes_view>(*value) : std::nullopt});
        }
        const auto view = [](const std::optional<base::bytes>& of) {
            return of ? std::optional<base::bytes_view>(*of) : std::nullopt;
        };
        builder.add(each.timestamp, view(each.key), view(each.value), headers);
    }
    return builder.finish(options);
}

std::vector<plain_record> read(const batch_view& batch) {
    base::bytes scratch;
    const auto payload = inflated_payload(batch, 1 << 30, scratch);
    EXPECT_TRUE(payload.has_value());
    const auto copy = [](const std::optional<base::bytes_view>& of) {
        return of ? std::optional<base::bytes>(base::to_bytes(*of)) : std::nullopt;
    };
    std::vector<plain_record> found;
    record_reader reader(*payload, batch.count());
    std::int32_t index = 0;
    for (; const auto record = reader.next(); ++index) {
        EXPECT_EQ(record->offset_delta, index);
        auto& each = found.emplace_back();
        each.timestamp = record->timestamp_in(batch);
        each.key = copy(record->key);
        each.value = copy(record->value);
        const auto headers = record->parse_headers();
        for (const auto& header : *headers)
            each.headers.emplace_back(header.key, copy(header.value));
    }
    EXPECT_FALSE(reader.failed());
    return found;
}

TEST(batch_properties, records_of_every_codec_come_back_as_they_were) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        random_values random(seed);
        const auto records = any_records(random);
        for (int codec = 0; codec < compression::codec_count; ++codec) {
            SCOPED_TRACE(testing::Message() << "seed " << seed << " codec " << codec);
            batch_options options;
            fill(options.base_offset, 0, random);
            fill(options.producer_id, 0, random);
            fill(options.producer_epoch, 0, random);
            options.codec = static_cast<compression::codec>(codec);
            const auto bytes = build(records, options);
            const auto batch = batch_view::parse(bytes);
            ASSERT_TRUE(batch.has_value());
            EXPECT_EQ(batch->size(), bytes.size());
            EXPECT_TRUE(batch->crc_matches());
            EXPECT_EQ(batch->base_offset(), options.base_offset);
            EXPECT_EQ(batch->producer_id(), options.producer_id);
            EXPECT_EQ(batch->count(), static_cast<std::int32_t>(records.size()));
            EXPECT_EQ(read(*batch), records);
            ASSERT_FALSE(testing::Test::HasFailure());
        }
    }
}

TEST(batch_properties, what_the_builder_makes_is_taken_and_keeps_its_bytes) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        random_values random(seed);
        auto records = any_records(random);
        for (auto& each : records)
            each.timestamp = 1'000'000;
        const auto codec = static_cast<compression::codec>(random.below(5));
        auto bytes = build(records, {.codec = codec});
        const auto before = bytes;
        log::batch_memory memory;
        const auto valid = log::validate_batch(
            bytes, {.max_message_bytes = 1 << 28, .wall_ms = 1'000'000}, memory);
        ASSERT_TRUE(valid.has_value()) << seed << ": " << valid.error().message;
        EXPECT_EQ(bytes, before);
    }
}

TEST(batch_properties, another_codec_of_the_topic_changes_no_record) {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        SCOPED_TRACE(seed);
        random_values random(seed);
        auto records = any_records(random);
        for (auto& each : records)
            each.timestamp = 1'000'000;
        const auto own = static_cast<compression::codec>(random.below(5));
        const auto wanted = static_cast<compression::codec>(random.below(5));
        auto bytes = build(records, {.codec = own});
        log::batch_memory memory;
        const log::validation_rules rules{
            .max_message_bytes = 1 << 28, .codec = wanted, .wall_ms = 1'000'000};
        ASSERT_TRUE(log::validate_batch(bytes, rules, memory).has_value());
        EXPECT_EQ(memory.recompressed.empty(), own == wanted);
        const auto& stored = own == wanted ? bytes : memory.recompressed;
        const auto batch = batch_view::parse(stored);
        ASSERT_TRUE(batch.has_value() && batch->crc_matches());
        EXPECT_EQ(batch->codec(), wanted);
        EXPECT_EQ(read(*batch), records);
    }
}

TEST(varint_properties, every_width_comes_back) {
    random_values random(1);
    for (int round = 0; round < 100'000; ++round) {
        const auto value = static_cast<std::int64_t>(random.any()) >> random.below(64);
        base::bytes out;
        put_varint(out, value);
        base::bytes_view rest(out);
        std::int64_t found = 0;
        ASSERT_TRUE(take_varint(rest, found));
        ASSERT_EQ(found, value);
        ASSERT_TRUE(rest.empty());
    }
}

}  // namespace
}  // namespace weir::broker::protocol
