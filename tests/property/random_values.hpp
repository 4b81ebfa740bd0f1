// Random values of a message's fields: numbers near the ends of their range, texts and lists whose
// lengths lie around those where their encoding changes. The generated fill() of each message goes
// over its fields.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/prng.hpp"
#include "broker/protocol/error_codes.hpp"
#include "broker/protocol/ids.hpp"
#include "broker/protocol/wire.hpp"

namespace weir::broker::protocol {

class random_values {
  public:
    explicit random_values(std::uint64_t seed) : random_(seed) {}

    std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }
    bool one_in(std::uint64_t chance) { return random_.below(chance) == 0; }
    std::uint64_t any() { return random_.next(); }
    template <class Int>
    Int number() {
        const auto raw = static_cast<Int>(random_.next());
        switch (random_.below(6)) {
            case 0:
                return std::numeric_limits<Int>::max();
            case 1:
                return std::numeric_limits<Int>::min();
            case 2:
                return static_cast<Int>(raw % 3);
            default:
                return raw;
        }
    }
    // Mostly short; now and then where a compact length gets a second byte.
    std::size_t length() { return one_in(20) ? 120 + below(20) : below(5); }
    std::string text(std::size_t size) {
        std::string made;
        while (made.size() < size)
            made += one_in(5) ? "\xc3\xa9" : std::string(1, static_cast<char>('a' + below(26)));
        return made;
    }
    // Memory that stays as long as this: records are views.
    base::mutable_bytes memory(std::size_t size) {
        auto& made = memory_.emplace_back(size);
        for (auto& each : made)
            each = static_cast<std::byte>(random_.next());
        return made;
    }

  private:
    base::prng random_;
    std::deque<base::bytes> memory_;
};

inline void fill(bool& value, int, random_values& random) {
    value = random.one_in(2);
}
template <std::integral Int>
void fill(Int& value, int, random_values& random) {
    value = random.number<Int>();
}
inline void fill(double& value, int, random_values& random) {
    value = static_cast<double>(random.number<std::int32_t>()) / 8;
}
inline void fill(error_code& value, int, random_values& random) {
    value = static_cast<error_code>(random.number<std::int16_t>());
}
template <class Tag, class Rep>
void fill(base::strong<Tag, Rep>& value, int, random_values& random) {
    value = base::strong<Tag, Rep>(random.number<Rep>());
}
inline void fill(base::uuid& value, int, random_values& random) {
    value = {.high = random.any(), .low = random.any()};
}
inline void fill(std::string& value, int, random_values& random) {
    value = random.text(random.length());
}
inline void fill(base::bytes& value, int, random_values& random) {
    value = base::to_bytes(base::bytes_view(random.memory(random.length())));
}
inline void fill(records& value, int, random_values& random) {
    value.present = !random.one_in(5);
    if (value.present) value.memory = random.memory(random.length());
}

template <class T>
void fill(std::vector<T>& list, int version, random_values& random) {
    list.resize(random.length() % (std::is_aggregate_v<T> ? 4 : 200));
    for (auto& each : list)
        fill(each, version, random);
}
template <class T>
void fill_optional(std::optional<T>& value, int version, random_values& random, bool may_be_null) {
    value.reset();
    if (may_be_null && random.one_in(4)) return;
    T inner{};
    fill(inner, version, random);
    value = std::move(inner);
}

}  // namespace weir::broker::protocol
