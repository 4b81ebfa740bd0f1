// field_template: how the generator makes a field: "int(1,100)", "choice(a,b,c)", "uuid" ... Pure:
// the n-th value depends on the seed and n only, but for "now", which is the time it is given.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "connect/abi/plugin.h"

namespace weir::connectors::generator {

inline constexpr std::uint64_t text_bytes_max = std::uint64_t{1} << 20;
inline constexpr std::size_t uuid_bytes = 36;

// A number that depends on both in no visible way (splitmix64).
std::uint64_t mixed(std::uint64_t seed, std::uint64_t number);

// Words, from which texts are cut; nothing is copied for a text.
class word_pool {
  public:
    // Texts of at most so many bytes.
    word_pool(std::uint64_t seed, std::size_t longest);
    std::string_view cut(std::uint64_t random, std::size_t size) const {
        return std::string_view(words_).substr(random % (words_.size() - size + 1), size);
    }

  private:
    std::string words_;
};

class field_template {
  public:
    // The error is a sentence.
    static std::expected<field_template, std::string> parse(std::string_view text);

    struct moment {
        std::uint64_t seed = 0;    // of the field
        std::uint64_t number = 0;  // of the record
        std::int64_t now_ms = 0;
    };
    // The value views this, `words` and `room`, which has uuid_bytes of its own.
    weir_value make(const moment& at, const word_pool& words, char* room) const;
    // The schema's type and name.
    weir_kind type() const;
    std::string_view logical_name() const;
    std::size_t text_size() const { return kind_ == maker::text ? text_size_ : 0; }

  private:
    enum class maker : std::uint8_t {
        integer,
        real,
        boolean,
        choice,
        uuid,
        now,
        time,
        sequence,
        text,
        constant
    };
    std::expected<void, std::string> take_arguments(std::vector<std::string> arguments);

    maker kind_ = maker::sequence;
    std::int64_t low_ = 0;
    std::int64_t high_ = 0;
    double low_real_ = 0;
    double high_real_ = 0;
    std::size_t text_size_ = 0;
    std::vector<std::string> choices_;
};

}  // namespace weir::connectors::generator
