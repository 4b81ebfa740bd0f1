// Every message and durable record of the protocol: decoding never crashes and never takes more
// memory than its budget; what was decoded is encoded and decoded again to the same.
// Input: number of the message (16 bits), version, its bytes.
#include "broker/protocol/messages/all.hpp"
#include "tests/fuzz/memory.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/golden/text_codes.hpp"

namespace weir::fuzz {
namespace {

using namespace broker;

// 64 KiB, 32 bytes of elements for each byte received up to a limit (wire.cpp), and what strings
// and bytes take themselves.
std::size_t memory_bound(std::size_t size) {
    constexpr std::size_t floor = 64UL * 1024 + 4096;
    return floor + std::min(size * 32, size * 2 + 16UL * 1024 * 1024) + size * 4;
}

base::bytes flattened(const protocol::writer& out) {
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

template <class Message>
base::bytes encoded(const Message& message, std::int16_t version) {
    protocol::writer out;
    message.encode(out, version);
    return flattened(out);
}

template <class Message>
void try_message(base::mutable_bytes data, std::uint8_t choice) {
    constexpr int versions = Message::max_version - Message::min_version + 1;
    const auto version = static_cast<std::int16_t>(Message::min_version + choice % versions);
    const memory_scope memory;
    protocol::reader in(data);
    const auto first = Message::decode(in, version);
    require(memory.peak() <= memory_bound(data.size()));
    if (!first) return;
    auto bytes = encoded(*first, version);
    // Unknown tagged fields are gone, and with them the budget that they brought.
    constexpr std::size_t no_limit = SIZE_MAX / 2;
    protocol::reader again(bytes, no_limit);
    const auto second = Message::decode(again, version);
    require(second.has_value());
    const bool has_nan = !(*first == *first);
    require(has_nan || *second == *first);
    require(encoded(*second, version) == bytes);
}

struct row {
    std::string_view name;
    void (*run)(base::mutable_bytes, std::uint8_t);
    std::int16_t min_version;
};
constexpr row rows[] = {
#define X(type) \
    {protocol::type::message_name, &try_message<protocol::type>, protocol::type::min_version},
#include "broker/protocol/messages/all.tbl"
#undef X
};

}  // namespace

std::vector<base::bytes> seeds() {
    std::vector<base::bytes> made;
    for (const auto& each : golden::read_table("tests/golden/data/messages.tsv")) {
        const auto* found = std::ranges::find(rows, each.at("name"), &row::name);
        if (found == std::end(rows)) continue;
        const auto choice = std::stoi(each.at("version")) - found->min_version;
        made.push_back(output()
                           .put(static_cast<std::uint16_t>(found - rows))
                           .put(static_cast<std::uint8_t>(choice))
                           .put_bytes(golden::from_hex(each.at("hex")))
                           .take());
    }
    return made;
}

}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    weir::fuzz::input in(data, size);
    const auto number = in.take_uint16();
    const auto choice = in.take_uint8();
    auto bytes = in.take_rest();
    weir::fuzz::rows[number % std::size(weir::fuzz::rows)].run(bytes, choice);
    return 0;
}
