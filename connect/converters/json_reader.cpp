#define SIMDJSON_EXCEPTIONS 0

#include "connect/converters/json_reader.hpp"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <numeric>
#include <vector>

#include "connect/converters/json_text.hpp"
#include "connect/data/decimal.hpp"
#include "connect/data/number_text.hpp"

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer) || \
    __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define WEIR_SANITIZED 1
#else
#define WEIR_SANITIZED 0
#endif

namespace weir::connect::converters {
namespace {

namespace ondemand = simdjson::ondemand;
using data::value;

constexpr std::size_t padding = simdjson::SIMDJSON_PADDING;

// simdjson reads up to `padding` bytes beyond a document, and uses none of them. Where these bytes
// are on the same page of memory they can be read whatever they are.
bool can_read_beyond(std::string_view text) {
    constexpr std::uintptr_t page = 4096;
    const auto last = reinterpret_cast<std::uintptr_t>(text.data() + text.size() - 1) % page;
    return WEIR_SANITIZED == 0 && last + padding < page;
}

bool is_blank(char of) {
    return of == ' ' || of == '\t' || of == '\n' || of == '\r';
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    return text;
}

bool is_digit(char of) {
    return of >= '0' && of <= '9';
}

std::size_t skip_digits(std::string_view text, std::size_t at) {
    while (at < text.size() && is_digit(text[at]))
        ++at;
    return at;
}

// Of two pairs with the same key the later one counts, in the earlier one's place.
std::size_t drop_repeated(std::span<value> pairs) {
    const auto count = pairs.size() / 2;
    const auto key = [&](std::size_t pair) { return data::text(pairs[pair * 2]); };
    const auto replace = [&](std::size_t first, std::size_t with) {
        pairs[first * 2 + 1] = pairs[with * 2 + 1];
        pairs[with * 2].kind = WEIR_NULL;  // no key of an object: gone
    };
    bool repeated = false;
    if (count <= 16) {
        for (std::size_t pair = 1; pair < count; ++pair) {
            for (std::size_t earlier = 0; earlier < pair; ++earlier) {
                if (key(earlier) != key(pair)) continue;
                if (pairs[earlier * 2].kind == WEIR_NULL) continue;
                repeated = true;
                replace(earlier, pair);
                break;
            }
        }
    } else {
        std::vector<std::uint32_t> order(count);
        std::iota(order.begin(), order.end(), 0U);
        std::ranges::sort(order, [&](std::uint32_t left, std::uint32_t right) {
            const auto compared = key(left).compare(key(right));
            return compared != 0 ? compared < 0 : left < right;
        });
        for (std::size_t at = 1, first = 0; at < count; ++at) {
            if (key(order[at]) != key(order[first])) {
                first = at;
                continue;
            }
            repeated = true;
            replace(order[first], order[at]);
        }
    }
    if (!repeated) return count;
    std::size_t kept = 0;
    for (std::size_t pair = 0; pair < count; ++pair) {
        if (pairs[pair * 2].kind == WEIR_NULL) continue;
        pairs[kept * 2] = pairs[pair * 2];
        pairs[kept * 2 + 1] = pairs[pair * 2 + 1];
        ++kept;
    }
    return kept;
}

}  // namespace

json_number kind_of_number(std::string_view token) {
    if (token.size() > json_number_size_max) return json_number::none;
    std::size_t at = token.starts_with('-') ? 1 : 0;
    const auto whole = skip_digits(token, at);
    if (whole == at) return json_number::none;
    at = whole;
    if (at == token.size()) return json_number::whole;
    if (token[at] == '.') {
        const auto end = skip_digits(token, at + 1);
        if (end == at + 1) return json_number::none;
        at = end;
    }
    if (at < token.size() && (token[at] == 'e' || token[at] == 'E')) {
        ++at;
        if (at < token.size() && (token[at] == '+' || token[at] == '-')) ++at;
        const auto end = skip_digits(token, at);
        if (end == at) return json_number::none;
        at = end;
    }
    return at == token.size() ? json_number::fraction : json_number::none;
}

bool is_utf8(std::string_view text) {
    return simdjson::validate_utf8(text.data(), text.size());
}

std::string_view minified_json(std::string_view text, data::arena& memory) {
    auto* const to = static_cast<char*>(memory.take(text.size() + padding, 1));
    std::size_t size = 0;
    const auto error = simdjson::minify(text.data(), text.size(), to, size);
    return error == simdjson::SUCCESS ? std::string_view(to, size) : text;
}

struct json_reader::state {
    ondemand::parser parser;
    std::vector<char> padded;
    std::vector<value> stack;  // items of the arrays and objects that are being read

    // Of the document that is being read.
    const char* begin = nullptr;  // where simdjson reads it
    std::string_view text;
    data::arena* memory = nullptr;
    json_numbers numbers = json_numbers::typed;
    const char* problem = nullptr;

    bool fail(const char* why) {
        if (problem == nullptr) problem = why;
        return false;
    }
    bool fail(simdjson::error_code code) { return fail(simdjson::error_message(code)); }

    std::unexpected<std::string> sentence() const {
        return std::unexpected(std::string("The bytes are not valid JSON: ") +
                               (problem == nullptr ? "unexpected content" : problem));
    }

    // The same characters in the caller's text.
    std::string_view in_text(std::string_view part) const {
        return text.substr(static_cast<std::size_t>(part.data() - begin), part.size());
    }

    bool start(std::string_view document, ondemand::document& out) {
        text = document;
        problem = nullptr;
        stack.clear();
        begin = text.data();
        if (!can_read_beyond(text)) {
            padded.resize(text.size() + padding);
            std::memcpy(padded.data(), text.data(), text.size());
            begin = padded.data();
        }
        const auto error = parser.iterate(begin, text.size(), text.size() + padding).get(out);
        return error == simdjson::SUCCESS || fail(error);
    }

    bool is_finished(ondemand::document& document) {
        return document.current_location().error() == simdjson::OUT_OF_BOUNDS ||
               fail("something follows the document");
    }

    // What is between the quotes, its escapes resolved.
    template <bool build>
    bool read_string(std::string_view raw, value& out) {
        if (std::memchr(raw.data(), '\\', raw.size()) == nullptr) {
            if constexpr (build) out = data::make_string(in_text(raw));
            return true;
        }
        if constexpr (build) {
            auto* const to = static_cast<char*>(memory->take(raw.size(), 1));
            const auto size = unescape_json(raw, to);
            if (!size) return fail("an escape in a string is wrong");
            out = data::make_string({to, *size});
            return true;
        }
        return is_escaped_json(raw) || fail("an escape in a string is wrong");
    }

    template <bool build>
    bool read_scalar(std::string_view token, value& out) {
        token = trimmed(token);
        if (token.empty()) return fail("a value is missing");
        if (token.front() == '"') {
            if (token.size() < 2 || token.back() != '"') return fail("a string has no end");
            return read_string<build>(token.substr(1, token.size() - 2), out);
        }
        if (token == "null") {
            if constexpr (build) out = data::make_null();
        } else if (token == "true" || token == "false") {
            if constexpr (build)
                out = data::make_integer(WEIR_BOOLEAN, token.front() == 't' ? 1 : 0);
        } else {
            const auto kind = kind_of_number(token);
            if (kind == json_number::none) return fail("a value is none of JSON's");
            if constexpr (build) out = number_of(token, kind);
        }
        return true;
    }

    value number_of(std::string_view token, json_number kind) const {
        if (numbers == json_numbers::raw) return data::make_text(WEIR_JSON, in_text(token));
        if (kind == json_number::fraction)
            return data::make_real(WEIR_FLOAT64, data::decimal_to_double(token));
        std::int64_t number = 0;
        const auto done = std::from_chars(token.data(), token.data() + token.size(), number);
        if (done.ec != std::errc()) number = data::number_to_long(token);
        return data::make_integer(WEIR_INT64, number);
    }

    template <bool build>
    bool read_key(ondemand::field& of, value& out) {
        const auto* const raw = of.key().raw();
        const auto* end = raw;
        while (*end != '"')
            end += *end == '\\' ? 2 : 1;
        return read_string<build>({raw, static_cast<std::size_t>(end - raw)}, out);
    }

    template <bool build>
    bool read_array(ondemand::value& in, std::size_t depth, value& out) {
        ondemand::array array;
        if (const auto error = in.get_array().get(array)) return fail(error);
        const auto first = stack.size();
        for (auto each : array) {
            ondemand::value item;
            if (const auto error = std::move(each).get(item)) return fail(error);
            value made = {};
            if (!read_value<build>(item, depth + 1, made)) return false;
            if constexpr (build) stack.push_back(made);
        }
        if constexpr (build) out = data::make_array(taken(first, stack.size() - first));
        return true;
    }

    template <bool build>
    bool read_object(ondemand::value& in, std::size_t depth, value& out) {
        ondemand::object object;
        if (const auto error = in.get_object().get(object)) return fail(error);
        const auto first = stack.size();
        for (auto each : object) {
            ondemand::field field;
            if (const auto error = std::move(each).get(field)) return fail(error);
            value key = {};
            value made = {};
            if (!read_key<build>(field, key)) return false;
            if (!read_value<build>(field.value(), depth + 1, made)) return false;
            if constexpr (build) {
                stack.push_back(key);
                stack.push_back(made);
            }
        }
        if constexpr (build) {
            const auto kept = drop_repeated(std::span(stack).subspan(first));
            out = data::make_map(taken(first, kept * 2));
        }
        return true;
    }

    // The items of the array or object that ends, off the stack.
    std::span<value> taken(std::size_t first, std::size_t count) {
        const auto items = memory->take_array<value>(count);
        std::copy_n(stack.begin() + static_cast<std::ptrdiff_t>(first), count, items.begin());
        stack.resize(first);
        return items;
    }

    // simdjson takes a string with a colon behind it for a key, and goes on as if it were one: an
    // array that holds a member is not noticed. Behind a token there is always a character.
    static bool is_key(std::string_view token) {
        return token.front() == '"' && token.data()[token.size()] == ':';
    }

    template <bool build>
    bool read_value(ondemand::value& in, std::size_t depth, value& out) {
        const auto token = in.raw_json_token();
        if (token.empty()) return fail("a value is missing");
        if (is_key(token)) return fail("a colon follows a value");
        if (token.front() != '[' && token.front() != '{') return read_scalar<build>(token, out);
        if (depth >= json_depth_max) return fail("it is nested too deeply");
        return token.front() == '[' ? read_array<build>(in, depth, out)
                                    : read_object<build>(in, depth, out);
    }

    // An object or array that is the whole document.
    template <bool build>
    bool read_whole(std::string_view document_text, value& out) {
        ondemand::document document;
        if (!start(document_text, document)) return false;
        ondemand::value root;
        if (const auto error = document.get_value().get(root)) return fail(error);
        if (!read_value<build>(root, 0, out)) return false;
        return is_finished(document);
    }

    bool read_members(std::string_view document_text, json_envelope& out, std::size_t& members) {
        ondemand::document document;
        if (!start(document_text, document)) return false;
        ondemand::object object;
        if (const auto error = document.get_object().get(object)) return fail(error);
        bool has_payload = false;
        for (auto each : object) {
            ondemand::field field;
            if (const auto error = std::move(each).get(field)) return fail(error);
            value key = {};
            if (!read_key<true>(field, key)) return false;
            if (data::text(key) == "schema") {
                if (out.schema.empty()) ++members;
                if (!read_raw(field.value(), out.schema)) return false;
            } else {
                const bool is_payload = data::text(key) == "payload";
                if (!is_payload || !has_payload) ++members;
                has_payload = has_payload || is_payload;
                value made = {};
                if (!read_value<true>(field.value(), 1, made)) return false;
                if (is_payload) out.payload = made;
            }
        }
        if (!has_payload) members = 0;
        return is_finished(document);
    }

    // The text of a value, which is looked at only as far as finding its end needs.
    bool read_raw(ondemand::value& in, std::string_view& out) {
        const auto token = in.raw_json_token();
        if (token.empty()) return fail("a value is missing");
        if (is_key(token)) return fail("a colon follows a value");
        std::string_view raw = trimmed(token);
        if (token.front() == '{') {
            ondemand::object object;
            if (const auto error = in.get_object().get(object)) return fail(error);
            if (const auto error = object.raw_json().get(raw)) return fail(error);
        } else if (token.front() == '[') {
            ondemand::array array;
            if (const auto error = in.get_array().get(array)) return fail(error);
            if (const auto error = array.raw_json().get(raw)) return fail(error);
        }
        out = in_text(raw);
        return !out.empty() || fail("a value is missing");
    }
};

json_reader::json_reader() : state_(std::make_unique<state>()) {}
json_reader::~json_reader() = default;

std::expected<value, std::string> json_reader::read(std::string_view text, data::arena& memory,
                                                    json_numbers numbers) {
    auto& at = *state_;
    at.memory = &memory;
    at.numbers = numbers;
    const auto document = trimmed(text);
    value out = data::make_null();
    if (document.empty()) return out;
    if (document.front() == '{' || document.front() == '[') {
        if (!at.read_whole<true>(document, out)) return at.sentence();
        return out;
    }
    // One scalar: the few rules that the structure of a document would have seen to are looked at
    // here.
    at.problem = nullptr;
    at.text = document;
    at.begin = document.data();
    const auto inner =
        document.substr(1, document.size() - std::min<std::size_t>(2, document.size()));
    if (document.front() == '"' && !is_string_content(inner)) at.fail("a string is wrong");
    if (!is_utf8(document)) at.fail("it is not UTF-8");
    if (at.problem != nullptr || !at.read_scalar<true>(document, out)) return at.sentence();
    return out;
}

std::expected<json_envelope, std::string> json_reader::read_envelope(std::string_view text,
                                                                     data::arena& memory) {
    static constexpr const char* refused =
        "JsonConverter with schemas.enable requires \"schema\" and \"payload\" fields and may not "
        "contain additional fields. If you are trying to deserialize plain JSON data, set "
        "schemas.enable=false in your converter configuration.";
    auto& at = *state_;
    at.memory = &memory;
    at.numbers = json_numbers::raw;
    const auto document = trimmed(text);
    if (document.empty() || document.front() != '{') {
        const auto other = read(text, memory);
        if (!other) return std::unexpected(other.error());
        return std::unexpected(refused);
    }
    json_envelope out = {{}, data::make_null()};
    std::size_t members = 0;
    if (!at.read_members(document, out, members)) return at.sentence();
    if (members != 2 || out.schema.empty()) return std::unexpected(refused);
    return out;
}

bool json_reader::is_document(std::string_view text) {
    const auto document = trimmed(text);
    if (document.empty() || (document.front() != '{' && document.front() != '[')) return false;
    value nothing = {};
    return state_->read_whole<false>(document, nothing);
}

}  // namespace weir::connect::converters
