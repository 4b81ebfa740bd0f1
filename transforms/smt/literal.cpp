#include "transforms/smt/literal.hpp"

#include <cmath>
#include <optional>
#include <vector>

#include "connect/data/decimal.hpp"
#include "connect/data/number_text.hpp"
#include "transforms/smt/date_format.hpp"

namespace weir::transforms::smt {
namespace {

constexpr std::size_t depth_max = 100;

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ')
        text.remove_prefix(1);
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ')
        text.remove_suffix(1);
    return text;
}

// The text in tokens: a delimiter that no backslash precedes, or what is between two of them.
class tokens {
  public:
    explicit tokens(std::string_view text) : text_(text) {}

    bool has_next() const { return at_ < text_.size(); }
    std::size_t mark() const { return at_; }
    void rewind(std::size_t to) { at_ = to; }
    std::string_view next() {
        const auto begin = at_;
        bool escaped = false;
        for (; at_ < text_.size(); ++at_) {
            const bool ends = std::string_view(":,{}[]\"").contains(text_[at_]) && !escaped;
            if (ends) break;
            escaped = text_[at_] == '\\' && !escaped;
        }
        if (at_ == begin && at_ < text_.size()) ++at_;
        return text_.substr(begin, at_ - begin);
    }
    // Takes the next token that is not blank when it is this one.
    bool take(std::string_view expected) {
        const auto begin = at_;
        auto token = next();
        while (trimmed(token).empty() && has_next())
            token = next();
        if (trimmed(token) == expected) return true;
        at_ = begin;
        return false;
    }
    // The next tokens in one, when there are so many.
    std::optional<std::string_view> next(int count) {
        const auto begin = at_;
        for (int index = 0; index < count; ++index) {
            if (!has_next()) {
                at_ = begin;
                return std::nullopt;
            }
            next();
        }
        return text_.substr(begin, at_ - begin);
    }

  private:
    std::string_view text_;
    std::size_t at_ = 0;
};

bool is_number_kind(std::uint8_t kind) {
    return kind >= WEIR_INT8 && kind <= WEIR_FLOAT64;
}

class literal_parser {
  public:
    literal_parser(std::string_view text, data::arena& memory, data::schema_store& schemas)
        : whole_(text), tokens_(text), memory_(memory), schemas_(schemas) {}

    // Nothing when it cannot stand inside of an array or map.
    std::optional<data::value> parse(bool inner, std::size_t depth) {
        if (!tokens_.has_next()) return data::make_null();
        if (inner && tokens_.take("\"")) return parse_quoted();
        if (take_word(inner, "null")) return data::make_null();
        if (take_word(inner, "true")) return boolean(1);
        if (take_word(inner, "false")) return boolean(0);
        if (depth > depth_max) return std::nullopt;
        const auto begin = tokens_.mark();
        std::optional<data::value> made;
        if (tokens_.take("[")) {
            made = parse_array(depth);
        } else if (tokens_.take("{")) {
            made = parse_map(depth);
        }
        if (made) return made;
        tokens_.rewind(begin);
        const auto token = tokens_.next();
        if (trimmed(token).empty()) return string(token);
        return parse_token(inner, trimmed(token));
    }

  private:
    data::value boolean(std::int64_t of) {
        return data::make_integer(WEIR_BOOLEAN, of, schemas_.plain(WEIR_BOOLEAN));
    }
    data::value string(std::string_view text) {
        return data::make_string(memory_.copy(text), schemas_.plain(WEIR_STRING));
    }

    bool take_word(bool inner, std::string_view word) {
        const auto begin = tokens_.mark();
        if (tokens_.take(word) && (inner || !tokens_.has_next())) return true;
        tokens_.rewind(begin);
        return false;
    }

    std::optional<data::value> parse_token(bool inner, std::string_view token) {
        const bool digit = token.front() >= '0' && token.front() <= '9';
        if (digit) {
            if (auto made = parse_moments(token)) return made;
        }
        if (digit || token.front() == '+' || token.front() == '-') {
            if (auto made = parse_number(token)) return made;
        }
        if (inner) return std::nullopt;
        return string(whole_);
    }

    data::value parse_quoted() {
        std::string content;
        while (tokens_.has_next() && !tokens_.take("\""))
            content += tokens_.next();
        if (auto made = parse_moment(content)) return *made;
        return string(content);
    }

    // Times have colons, which end tokens: five of them are looked at together.
    std::optional<data::value> parse_moments(std::string_view token) {
        const auto begin = tokens_.mark();
        if (const auto rest = tokens_.next(4)) {
            if (auto made = parse_moment(std::string(token).append(*rest))) return made;
        }
        tokens_.rewind(begin);
        return parse_moment(std::string(token));
    }

    std::optional<data::value> parse_moment(std::string text) {
        for (auto at = text.find("\\:"); at != std::string::npos; at = text.find("\\:", at + 1))
            text.erase(at, 1);
        static constexpr std::string_view time = "HH:mm:ss.SSS'Z'";
        if (text.size() == 13) return moment(text, time, WEIR_TIME);
        if (text.size() == 24) return moment(text, "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", WEIR_TIMESTAMP);
        if (text.size() == 10) return moment(text, "yyyy-MM-dd", WEIR_DATE);
        return std::nullopt;
    }

    std::optional<data::value> moment(std::string_view text, std::string_view pattern,
                                      weir_kind kind) {
        const auto format = date_format::of_pattern(pattern);
        const auto ms = format->parse(text);
        if (!ms) return std::nullopt;
        const auto name = kind == WEIR_DATE   ? data::date_name
                          : kind == WEIR_TIME ? data::time_name
                                              : data::timestamp_name;
        const auto* const schema = schemas_.keep(
            {.type = kind == WEIR_TIMESTAMP ? WEIR_INT64 : WEIR_INT32, .name = name, .version = 1});
        return data::make_integer(kind, kind == WEIR_DATE ? *ms / 86'400'000 : *ms, schema);
    }

    // The smallest whole type; else float32 unless it is beyond it, float64, a decimal.
    std::optional<data::value> parse_number(std::string_view token) {
        const auto decimal = data::parse_decimal(token, memory_);
        if (!decimal) return std::nullopt;
        const auto text = *data::decimal_text(*decimal);
        const auto number = data::decimal_to_double(text);
        const auto whole = data::decimal_to_long(*decimal);
        // Whether it is exactly that: the same digits at the same scale.
        const auto same = data::parse_decimal(data::number_text::of_integer(whole), memory_);
        if (std::abs(number) < 1e19 && is_same(*decimal, *same)) return integer(whole);
        const auto single = data::decimal_to_float(text);
        if (std::isfinite(single) && decimal->scale != 0)
            return data::make_real(WEIR_FLOAT32, static_cast<double>(single),
                                   schemas_.plain(WEIR_FLOAT32));
        if (std::isfinite(number) && decimal->scale != 0)
            return data::make_real(WEIR_FLOAT64, number, schemas_.plain(WEIR_FLOAT64));
        const auto scale = data::number_text::of_integer(decimal->scale);
        auto out = *decimal;
        out.schema =
            schemas_.keep({.type = WEIR_BYTES,
                           .name = data::decimal_name,
                           .version = 1,
                           .parameters = {{data::text_of("scale"), data::text_of(scale.view())}}});
        return out;
    }

    static std::string digits_of(const data::value& decimal) {
        auto plain = decimal;
        plain.scale = 0;
        return data::decimal_text(plain).value_or("");
    }

    static bool is_same(const data::value& left, const data::value& right) {
        auto ours = digits_of(left);
        auto theirs = digits_of(right);
        if (left.scale > 0) {
            theirs.append(theirs == "0" ? 0U : static_cast<std::size_t>(left.scale), '0');
        } else {
            ours.append(ours == "0" ? 0U : static_cast<std::size_t>(-left.scale), '0');
        }
        return ours == theirs;
    }

    data::value integer(std::int64_t number) {
        auto kind = WEIR_INT64;
        if (number == static_cast<std::int8_t>(number)) {
            kind = WEIR_INT8;
        } else if (number == static_cast<std::int16_t>(number)) {
            kind = WEIR_INT16;
        } else if (number == static_cast<std::int32_t>(number)) {
            kind = WEIR_INT32;
        }
        return data::make_integer(kind, number, schemas_.plain(kind));
    }

    // The schema that values have in common; nothing when they have none.
    struct merger {
        const data::schema* schema = nullptr;
        bool compatible = true;

        void merge(const data::value& latest) {
            if (latest.schema == nullptr || !compatible) return;
            if (schema == nullptr || schema->type == latest.schema->type) {
                schema = latest.schema;
            } else if (is_number_kind(schema->type) && is_number_kind(latest.schema->type)) {
                if (latest.schema->type > schema->type) schema = latest.schema;
            } else {
                schema = nullptr;
                compatible = false;
            }
        }
    };

    // As the common schema has it; a null among values without optional schema is none of its
    // values.
    static bool align(data::value& of, const data::schema& with) {
        if (of.kind == WEIR_NULL) return false;
        if (is_number_kind(of.kind) && is_number_kind(with.type)) {
            const auto to = static_cast<weir_kind>(with.type);
            const bool real = of.kind == WEIR_FLOAT32 || of.kind == WEIR_FLOAT64;
            if (to == WEIR_FLOAT32 || to == WEIR_FLOAT64) {
                const auto number = real ? of.of.real : static_cast<double>(of.of.integer);
                of = data::make_real(to, to == WEIR_FLOAT32
                                             ? static_cast<double>(static_cast<float>(number))
                                             : number);
            } else {
                of.kind = with.type;
            }
        }
        of.schema = &with;
        return true;
    }

    std::optional<data::value> parse_array(std::size_t depth) {
        std::vector<data::value> items;
        merger common;
        while (tokens_.has_next()) {
            if (tokens_.take("]")) {
                data::schema_parts parts{.type = WEIR_ARRAY, .item = common.schema};
                for (auto& each : items)
                    if (common.schema != nullptr && !align(each, *common.schema))
                        return std::nullopt;
                return data::make_array(kept(items), schemas_.keep(parts));
            }
            if (tokens_.take(",")) return std::nullopt;
            const auto item = parse(true, depth + 1);
            if (!item) return std::nullopt;
            common.merge(*item);
            items.push_back(*item);
            const auto begin = tokens_.mark();
            if (tokens_.take("]")) {
                tokens_.rewind(begin);
            } else if (!tokens_.take(",")) {
                return std::nullopt;
            }
        }
        return std::nullopt;
    }

    std::optional<data::value> parse_map(std::size_t depth) {
        std::vector<data::value> pairs;
        merger keys;
        merger values;
        while (tokens_.has_next()) {
            if (tokens_.take("}")) return finished_map(pairs, keys, values);
            if (tokens_.take(",")) return std::nullopt;
            const auto key = parse(true, depth + 1);
            if (!key || data::is_null(*key) || !tokens_.take(":")) return std::nullopt;
            const auto item = parse(true, depth + 1);
            if (!item) return std::nullopt;
            (void)tokens_.take(",");
            put(pairs, *key, *item);
            keys.merge(*key);
            values.merge(*item);
        }
        return std::nullopt;
    }

    static void put(std::vector<data::value>& pairs, const data::value& key,
                    const data::value& item) {
        for (std::size_t at = 0; at < pairs.size(); at += 2) {
            if (!data::equal(pairs[at], key)) continue;
            pairs[at + 1] = item;
            return;
        }
        pairs.push_back(key);
        pairs.push_back(item);
    }

    std::optional<data::value> finished_map(std::vector<data::value>& pairs, const merger& keys,
                                            const merger& values) {
        const data::schema_parts parts{.type = WEIR_MAP,
                                       .key = keys.schema,
                                       .item = keys.schema == nullptr ? nullptr : values.schema};
        for (std::size_t at = 0; at < pairs.size(); at += 2) {
            if (parts.key != nullptr && !align(pairs[at], *parts.key)) return std::nullopt;
            if (parts.item != nullptr && !align(pairs[at + 1], *parts.item)) return std::nullopt;
        }
        return data::make_map(kept(pairs), schemas_.keep(parts));
    }

    std::span<data::value> kept(const std::vector<data::value>& items) {
        const auto out = memory_.take_array<data::value>(items.size());
        std::ranges::copy(items, out.begin());
        return out;
    }

    std::string_view whole_;
    tokens tokens_;
    data::arena& memory_;
    data::schema_store& schemas_;
};

}  // namespace

data::value parse_literal(std::string_view text, data::arena& memory, data::schema_store& schemas) {
    if (text.empty()) return data::make_string("", schemas.plain(WEIR_STRING));
    const auto made = literal_parser(text, memory, schemas).parse(false, 0);
    return made.value_or(data::make_string(memory.copy(text), schemas.plain(WEIR_STRING)));
}

}  // namespace weir::transforms::smt
