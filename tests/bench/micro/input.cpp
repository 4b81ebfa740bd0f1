#include "tests/bench/micro/input.hpp"

#include <array>
#include <string>

#include "base/prng.hpp"
#include "broker/protocol/batch_builder.hpp"

namespace weir::bench {
namespace {

constexpr std::array words = {"alpha ",  "order ",  "customer ", "pending ",
                              "status ", "region ", "update ",   "amount "};

std::string make_value(base::prng& random, std::size_t size) {
    std::string value;
    while (value.size() < size) {
        const bool rare = random.below(5) == 0;
        value += rare ? std::to_string(random.next()) : words[random.below(words.size())];
    }
    value.resize(size);
    return value;
}

}  // namespace

base::bytes make_batch(const batch_shape& shape) {
    base::prng random(42);
    broker::protocol::batch_builder builder;
    for (std::int32_t record = 0; record < shape.records; ++record) {
        const auto value = make_value(random, shape.value_bytes);
        builder.add(1'000'000 + record, std::nullopt, base::as_bytes(value));
    }
    return builder.finish({.codec = shape.codec});
}

}  // namespace weir::bench
