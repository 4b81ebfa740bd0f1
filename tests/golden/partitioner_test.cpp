// Goal: keys and group ids land where Kafka's clients and brokers put them.
// Method: a table of keys with their hashes, made by Kafka's own code.
#include "broker/protocol/partitioner.hpp"

#include <gtest/gtest.h>

#include "tests/golden/text_codes.hpp"

namespace weir::broker::protocol {
namespace {

TEST(golden_partitioner, hashes_and_partitions_are_those_of_kafka) {
    const auto rows = golden::read_table("tests/golden/data/partitioner.tsv");
    ASSERT_GT(rows.size(), 40U);
    for (const auto& row : rows) {
        const auto key = base::as_bytes(row.at("key_utf8"));
        SCOPED_TRACE(row.at("key_utf8"));
        EXPECT_EQ(std::to_string(murmur2(key)), row.at("murmur2"));
        for (const int count : {3, 6, 50}) {
            EXPECT_EQ(std::to_string(partition_of_key(key, count).value()),
                      row.at("p" + std::to_string(count)));
        }
        EXPECT_EQ(std::to_string(partition_of_id(row.at("key_utf8"), 50).value()),
                  row.at("java_hashcode_p50"));
    }
}

}  // namespace
}  // namespace weir::broker::protocol
