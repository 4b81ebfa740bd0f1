// Goal: for every message and version, decoding gives back what was encoded, and nothing else.
// Method: random values from the table that makes the codec; encode, decode, compare; then each
// prefix of some encodings, which must be refused.
#include <gtest/gtest.h>

#include "broker/protocol/messages/all.hpp"
#include "tests/property/random_values.hpp"

namespace weir::broker::protocol {

#define X(type) void fill(type& value, int version, random_values& random);
#include "broker/protocol/messages/all.tbl"
#undef X

namespace {

base::bytes flattened(const writer& out) {
    base::bytes whole;
    std::size_t done = 0;
    const auto append = [&whole](base::bytes_view part) {
        whole.insert(whole.end(), part.begin(), part.end());
    };
    for (const auto& each : out.splices()) {
        append(base::bytes_view(out.buffer()).subspan(done, each.at - done));
        append(each.what.memory);
        done = each.at;
    }
    append(base::bytes_view(out.buffer()).subspan(done));
    return whole;
}

// A field that a version does not have keeps its default; tagged structures hold only what was set.
template <class Message>
void round_trip(std::int16_t version, std::uint64_t seed) {
    SCOPED_TRACE(testing::Message()
                 << Message::message_name << " version " << version << " seed " << seed);
    random_values random(seed);
    Message message;
    fill(message, version, random);
    writer out;
    message.encode(out, version);
    auto bytes = flattened(out);
    ASSERT_EQ(bytes.size(), out.size());
    constexpr std::size_t no_limit = SIZE_MAX / 2;
    reader in(bytes, no_limit);
    const auto decoded = Message::decode(in, version);
    ASSERT_TRUE(decoded.has_value()) << to_text(decoded.error());
    EXPECT_EQ(in.left(), 0U);
    EXPECT_TRUE(*decoded == message);
    writer again;
    decoded->encode(again, version);
    EXPECT_EQ(flattened(again), bytes);
}

// Cut anywhere, a message is refused or, where only tagged fields or an array are gone, different.
template <class Message>
void refuse_prefixes(std::int16_t version, std::uint64_t seed) {
    random_values random(seed);
    Message message;
    fill(message, version, random);
    writer out;
    message.encode(out, version);
    const auto bytes = flattened(out);
    if (bytes.size() > 400) return;
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        base::bytes part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
        reader in(part);
        const auto decoded = Message::decode(in, version);
        ASSERT_FALSE(decoded.has_value())
            << Message::message_name << " version " << version << " seed " << seed << ": " << size
            << " of " << bytes.size() << " bytes are taken for the whole";
    }
}

template <class Message>
void check_message() {
    constexpr int rounds = 200;
    for (std::int16_t version = Message::min_version; version <= Message::max_version; ++version) {
        for (int round = 0; round < rounds; ++round) {
            round_trip<Message>(version, static_cast<std::uint64_t>(round));
            if (round % 10 == 0)
                refuse_prefixes<Message>(version, static_cast<std::uint64_t>(round));
            if (testing::Test::HasFailure()) return;
        }
    }
}

TEST(message_properties, every_message_of_every_version_comes_back_as_it_was) {
#define X(type) check_message<type>();
#include "broker/protocol/messages/all.tbl"
#undef X
}

// The budget for decoding does not refuse what is honest: messages of many small elements.
TEST(message_properties, large_honest_messages_are_within_the_budget) {
    metadata_request topics;
    topics.topics.emplace();
    for (int index = 0; index < 20'000; ++index)
        topics.topics->emplace_back().name = "topic-" + std::to_string(index);
    writer out;
    topics.encode(out, metadata_request::max_version);
    auto bytes = flattened(out);
    reader in(bytes);
    EXPECT_TRUE(metadata_request::decode(in, metadata_request::max_version).has_value());
}

}  // namespace
}  // namespace weir::broker::protocol
