// Goal: every message is on the wire byte for byte what Kafka's own serializers write.
// Method: vectors made by Kafka 4.3.1 for each message and version: decode the bytes and compare
// with the JSON text, encode what was decoded and compare with the bytes.
#include <gtest/gtest.h>

#include <functional>

#include "broker/protocol/messages/all.hpp"
#include "broker/protocol/messages/json.hpp"
#include "broker/protocol/records/json.hpp"
#include "tests/golden/text_codes.hpp"

namespace weir::broker::protocol {
namespace {

struct outcome {
    std::string hex;
    std::string content;
    std::string error;
};

template <class Message>
outcome round_trip(const std::string& hex, std::int16_t version) {
    auto bytes = golden::from_hex(hex);
    reader in(bytes);
    const auto decoded = Message::decode(in, version);
    if (!decoded) return {.hex = "", .content = {}, .error = std::string(to_text(decoded.error()))};
    writer out;
    decoded->encode(out, version);
    std::string written;
    std::size_t done = 0;
    for (const auto& each : out.splices()) {
        written += golden::to_hex(base::bytes_view(out.buffer()).subspan(done, each.at - done));
        written += golden::to_hex(each.what.memory);
        done = each.at;
    }
    written += golden::to_hex(base::bytes_view(out.buffer()).subspan(done));
    json_writer json;
    write_json(json, *decoded, version);
    return {.hex = written, .content = std::move(json).take(), .error = ""};
}

using tester = std::function<outcome(const std::string&, std::int16_t)>;

const std::map<std::string, tester>& testers() {
    static const std::map<std::string, tester> all = {
#define X(type) {std::string(type::message_name), &round_trip<type>},
#include "broker/protocol/messages/all.tbl"
#undef X
    };
    return all;
}

TEST(golden_messages, every_version_is_decoded_and_encoded_as_kafka_does) {
    const auto rows = golden::read_table("tests/golden/data/messages.tsv");
    ASSERT_GT(rows.size(), 1000U);
    std::set<std::string> seen;
    for (const auto& row : rows) {
        const auto what = row.at("name") + " v" + row.at("version") + " " + row.at("variant");
        const auto found = testers().find(row.at("name"));
        ASSERT_NE(found, testers().end()) << what;
        const auto version = static_cast<std::int16_t>(std::stoi(row.at("version")));
        const auto result = found->second(row.at("hex"), version);
        EXPECT_EQ(result.error, "") << what;
        EXPECT_EQ(result.hex, row.at("hex")) << what;
        EXPECT_EQ(result.content, row.at("json")) << what;
        seen.insert(row.at("name"));
    }
    EXPECT_GT(seen.size(), 150U);
}

}  // namespace
}  // namespace weir::broker::protocol
