#include "connectors/generator/field_template.hpp"

#include <algorithm>
#include <charconv>

#include "connect/sdk/values.hpp"

namespace weir::connectors::generator {
namespace {

constexpr std::string_view timestamp_name = "org.apache.kafka.connect.data.Timestamp";

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' '))
        text.remove_prefix(1);
    while (text.ends_with(' '))
        text.remove_suffix(1);
    return text;
}

template <class Number>
bool read_number(const std::string& text, Number& into) {
    const auto* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, into);
    return read.ptr == end && read.ec == std::errc() && !text.empty();
}

void write_uuid(std::uint64_t high, std::uint64_t low, char* into) {
    constexpr std::string_view digits = "0123456789abcdef";
    // Version 4, variant 1: random.
    high = (high & ~std::uint64_t{0xf000}) | 0x4000;
    low = (low & ~(std::uint64_t{3} << 62)) | std::uint64_t{1} << 63;
    for (int nibble = 0; nibble < 32; ++nibble) {
        if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20) *into++ = '-';
        const auto from = nibble < 16 ? high : low;
        *into++ = digits[from >> (60 - 4 * (nibble % 16)) & 15];
    }
}

}  // namespace

std::uint64_t mixed(std::uint64_t seed, std::uint64_t number) {
    auto z = seed + (number + 1) * 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

word_pool::word_pool(std::uint64_t seed, std::size_t longest) {
    constexpr std::size_t beyond = std::size_t{64} << 10;
    words_.reserve(longest + beyond + 16);
    for (std::uint64_t number = 0; words_.size() < longest + beyond; ++number) {
        auto random = mixed(seed, number);
        const auto letters = 2 + random % 9;
        for (std::uint64_t letter = 0; letter < letters; ++letter) {
            random = mixed(random, letter);
            words_ += static_cast<char>('a' + random % 26);
        }
        words_ += ' ';
    }
}

std::expected<field_template, std::string> field_template::parse(std::string_view text) {
    constexpr std::string_view names[] = {"int", "float", "bool", "choice", "uuid",
                                          "now", "time",  "seq",  "text",   "const"};
    text = trimmed(text);
    const auto open = text.find('(');
    const auto name = trimmed(text.substr(0, open));
    const auto found = std::ranges::find(names, name);
    if (found == std::end(names)) {
        return std::unexpected("\"" + std::string(name) +
                               "\" is not known; there are int(1,100), float(0,1), bool, "
                               "choice(a,b), uuid, now, time(START_MS,STEP_MS), seq, text(20) and "
                               "const(x)");
    }
    std::vector<std::string> arguments;
    if (open != text.npos) {
        if (!text.ends_with(')')) return std::unexpected("has no ) at its end");
        auto rest = text.substr(open + 1, text.size() - open - 2);
        while (true) {
            const auto comma = rest.find(',');
            arguments.emplace_back(trimmed(rest.substr(0, comma)));
            if (comma == rest.npos) break;
            rest.remove_prefix(comma + 1);
        }
    }
    field_template out;
    out.kind_ = static_cast<maker>(found - std::begin(names));
    if (const auto taken = out.take_arguments(std::move(arguments)); !taken)
        return std::unexpected(taken.error());
    return out;
}

std::expected<void, std::string> field_template::take_arguments(
    std::vector<std::string> arguments) {
    const auto two = [&](auto& low, auto& high) {
        return arguments.size() == 2 && read_number(arguments[0], low) &&
               read_number(arguments[1], high);
    };
    switch (kind_) {
        case maker::integer:
            if (!two(low_, high_) || low_ > high_)
                return std::unexpected("int needs two numbers, the lower one first: int(1,100)");
            return {};
        case maker::real:
            if (!two(low_real_, high_real_) || !(low_real_ <= high_real_))
                return std::unexpected("float needs two numbers, the lower one first: float(0,1)");
            return {};
        case maker::time:
            if (!two(low_, high_))
                return std::unexpected("time needs milliseconds since 1970 and a step: time(0,1)");
            return {};
        case maker::text:
            if (arguments.size() != 1 || !read_number(arguments[0], text_size_) ||
                text_size_ > text_bytes_max)
                return std::unexpected("text needs a length of at most 1048576: text(20)");
            return {};
        case maker::choice:
            if (arguments.empty()) return std::unexpected("choice needs texts: choice(a,b,c)");
            choices_ = std::move(arguments);
            return {};
        case maker::constant:
            if (arguments.size() != 1) return std::unexpected("const needs one text: const(x)");
            choices_ = std::move(arguments);
            return {};
        default:
            if (!arguments.empty()) return std::unexpected("takes no arguments");
            return {};
    }
}

weir_value field_template::make(const moment& at, const word_pool& words, char* room) const {
    const auto random = mixed(at.seed, at.number);
    switch (kind_) {
        case maker::integer: {
            const auto span = static_cast<std::uint64_t>(high_) - static_cast<std::uint64_t>(low_);
            const auto step = span == UINT64_MAX ? random : random % (span + 1);
            const auto value = static_cast<std::uint64_t>(low_) + step;
            return sdk::integer_value(WEIR_INT64, static_cast<std::int64_t>(value));
        }
        case maker::real: {
            const auto part = static_cast<double>(random >> 11) * 0x1p-53;
            return sdk::real_value(WEIR_FLOAT64, low_real_ + part * (high_real_ - low_real_));
        }
        case maker::boolean:
            return sdk::integer_value(WEIR_BOOLEAN, static_cast<std::int64_t>(random & 1));
        case maker::choice:
            return sdk::string_value(choices_[random % choices_.size()]);
        case maker::constant:
            return sdk::string_value(choices_[0]);
        case maker::uuid:
            write_uuid(random, mixed(random, at.number), room);
            return sdk::string_value({room, uuid_bytes});
        case maker::now:
            return sdk::integer_value(WEIR_TIMESTAMP, at.now_ms);
        case maker::time: {
            const auto passed = at.number * static_cast<std::uint64_t>(high_);
            return sdk::integer_value(
                WEIR_TIMESTAMP,
                static_cast<std::int64_t>(static_cast<std::uint64_t>(low_) + passed));
        }
        case maker::text:
            return sdk::string_value(words.cut(random, text_size_));
        case maker::sequence:
            break;
    }
    return sdk::integer_value(WEIR_INT64, static_cast<std::int64_t>(at.number));
}

weir_kind field_template::type() const {
    switch (kind_) {
        case maker::real:
            return WEIR_FLOAT64;
        case maker::boolean:
            return WEIR_BOOLEAN;
        case maker::choice:
        case maker::constant:
        case maker::uuid:
        case maker::text:
            return WEIR_STRING;
        default:
            return WEIR_INT64;
    }
}

std::string_view field_template::logical_name() const {
    return kind_ == maker::now || kind_ == maker::time ? timestamp_name : std::string_view();
}

}  // namespace weir::connectors::generator
