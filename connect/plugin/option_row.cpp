#include "connect/plugin/option_row.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "config/units.hpp"

namespace weir::connect::plugin {
namespace {

using config::document_value;
using config::value_kind;

std::string_view view(weir_text text) {
    return {text.data, text.data == nullptr ? 0 : static_cast<std::size_t>(text.size)};
}

template <class Number>
std::optional<Number> parse(std::string_view text) {
    Number value{};
    const auto* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || at != end) return std::nullopt;
    return value;
}

// A bound of `valid` in the option's unit.
std::optional<double> bound_of(weir_option_type type, std::string_view text) {
    if (auto plain = parse<double>(text)) return plain;
    const auto with_unit = type == WEIR_OPTION_DURATION ? config::parse_duration(text)
                           : type == WEIR_OPTION_BYTES  ? config::parse_size(text)
                                                        : std::nullopt;
    if (!with_unit) return std::nullopt;
    return static_cast<double>(*with_unit);
}

std::vector<std::string_view> alternatives(std::string_view valid) {
    std::vector<std::string_view> out;
    while (!valid.empty()) {
        const auto bar = valid.find('|');
        out.push_back(valid.substr(0, bar));
        valid = bar == std::string_view::npos ? std::string_view{} : valid.substr(bar + 1);
    }
    return out;
}

// Why a number is in none of the ranges "1..", "..9", "1..9|-1".
std::optional<std::string> check_number(const option_row& of, double number) {
    std::string said;
    for (const auto each : alternatives(of.valid)) {
        const auto dots = each.find("..");
        const auto low = bound_of(of.type, each.substr(0, dots));
        if (dots == std::string_view::npos) {
            if (low && number == *low) return std::nullopt;
            said += fmt::format("{}{}", said.empty() ? "" : " or ", each);
            continue;
        }
        const auto high = bound_of(of.type, each.substr(dots + 2));
        if ((!low || number >= *low) && (!high || number <= *high)) return std::nullopt;
        said += said.empty() ? "" : " or ";
        said += low && high
                    ? fmt::format("from {} to {}", each.substr(0, dots), each.substr(dots + 2))
                : low ? fmt::format("at least {}", each.substr(0, dots))
                      : fmt::format("at most {}", each.substr(dots + 2));
    }
    if (said.empty()) return std::nullopt;
    return "must be " + said;
}

std::optional<std::string> check_word(const option_row& of, std::string_view word) {
    std::string said;
    for (const auto each : alternatives(of.valid)) {
        if (each == word) return std::nullopt;
        said += fmt::format("{}{}", said.empty() ? "" : ", ", each);
    }
    if (said.empty()) return std::nullopt;
    return "must be one of " + said;
}

std::optional<std::int64_t> integer_of(const document_value& value) {
    if (value.kind == value_kind::integer) return value.integer;
    return value.kind == value_kind::text ? parse<std::int64_t>(value.text) : std::nullopt;
}

std::optional<std::int64_t> unit_of(weir_option_type type, const document_value& value) {
    if (value.kind == value_kind::integer) {
        const bool plain = type == WEIR_OPTION_BYTES || value.integer == 0;
        return plain && value.integer >= 0 ? std::optional(value.integer) : std::nullopt;
    }
    if (value.kind != value_kind::text) return std::nullopt;
    return type == WEIR_OPTION_BYTES ? config::parse_size(value.text)
                                     : config::parse_duration(value.text);
}

std::optional<double> real_of(const document_value& value) {
    const bool number = value.kind == value_kind::real || value.kind == value_kind::integer;
    const auto read = number                           ? std::optional(value.real)
                      : value.kind == value_kind::text ? parse<double>(value.text)
                                                       : std::nullopt;
    return read && std::isfinite(*read) ? read : std::nullopt;
}

std::optional<std::int64_t> boolean_of(const document_value& value) {
    if (value.kind == value_kind::boolean) return value.integer;
    if (value.kind != value_kind::text) return std::nullopt;
    if (value.text == "true") return 1;
    if (value.text == "false") return 0;
    return std::nullopt;
}

// The texts of a list; a text alone is a list of one.
std::optional<std::vector<std::string>> texts_of(const document_value& value) {
    if (value.kind == value_kind::text) return std::vector{value.text};
    if (value.kind != value_kind::list) return std::nullopt;
    std::vector<std::string> out;
    for (const auto& each : value.items) {
        // Numbers, too: status = [408, "5xx"].
        if (each.kind == value_kind::list) return std::nullopt;
        auto text = config::text_of(each);
        if (!text) return std::nullopt;
        out.push_back(std::move(*text));
    }
    return out;
}

// Fills `into`; false when the value is of another type.
bool convert(const option_row& of, const document_value& value, component_setting& into) {
    std::optional<std::int64_t> integer;
    switch (of.type) {
        case WEIR_OPTION_STRING:
        case WEIR_OPTION_SECRET:
            into.text = value.text;
            return value.kind == value_kind::text;
        case WEIR_OPTION_BOOLEAN:
            integer = boolean_of(value);
            break;
        case WEIR_OPTION_INTEGER:
            integer = integer_of(value);
            break;
        case WEIR_OPTION_DURATION:
        case WEIR_OPTION_BYTES:
            integer = unit_of(of.type, value);
            break;
        case WEIR_OPTION_REAL: {
            const auto real = real_of(value);
            into.real = real.value_or(0);
            return real.has_value();
        }
        case WEIR_OPTION_LIST: {
            auto texts = texts_of(value);
            if (texts) into.items = std::move(*texts);
            return texts.has_value();
        }
        case WEIR_OPTION_MAP:
            return false;
    }
    into.integer = integer.value_or(0);
    return integer.has_value();
}

std::optional<std::string> check_valid(const option_row& of, const component_setting& value) {
    switch (of.type) {
        case WEIR_OPTION_STRING:
            return check_word(of, value.text);
        case WEIR_OPTION_INTEGER:
        case WEIR_OPTION_DURATION:
        case WEIR_OPTION_BYTES:
            return check_number(of, static_cast<double>(value.integer));
        case WEIR_OPTION_REAL:
            return check_number(of, value.real);
        case WEIR_OPTION_LIST:
            for (const auto& each : value.items) {
                if (auto reason = check_word(of, each)) return reason;
            }
            return std::nullopt;
        default:
            return std::nullopt;
    }
}

std::string said_of(const component_setting& value) {
    if (value.secret) return "the value (not shown: it comes out of ${...} or is a secret)";
    constexpr std::size_t longest = 60;
    return value.written.size() <= longest
               ? fmt::format("'{}'", value.written)
               : fmt::format("'{}...'", value.written.substr(0, longest));
}

// A number without its unit is the commonest of mistakes.
std::string hint(const option_row& of, const document_value& value) {
    if (of.type == WEIR_OPTION_DURATION && value.kind == value_kind::integer) {
        return fmt::format("; it has no unit: write \"{0}ms\" or \"{0}s\"", value.integer);
    }
    const bool scalar = value.kind != value_kind::list && value.kind != value_kind::table;
    if (of.type == WEIR_OPTION_STRING && scalar) {
        return fmt::format("; write \"{}\"", value.text);
    }
    return {};
}

}  // namespace

std::vector<option_row> rows_of(const weir_connector& from) {
    std::vector<option_row> out;
    for (std::uint32_t index = 0; index < from.option_count; ++index) {
        const auto& each = *from.options[index];
        const auto initial =
            each.initial.data == nullptr ? std::optional<std::string_view>() : view(each.initial);
        out.push_back({.name = view(each.name),
                       .type = static_cast<weir_option_type>(each.type),
                       .initial = initial,
                       .valid = view(each.valid),
                       .required = (each.flags & WEIR_OPTION_REQUIRED) != 0,
                       .accepted = (each.flags & WEIR_OPTION_ACCEPTED) != 0,
                       .text = view(each.text)});
    }
    return out;
}

std::string_view type_name(weir_option_type type) {
    constexpr std::string_view names[] = {"string", "boolean", "integer", "real", "duration",
                                          "bytes",  "list",    "secret",  "map"};
    const auto index = static_cast<std::size_t>(type);
    return index < std::size(names) ? names[index] : "unknown";
}

std::string_view wanted(weir_option_type type) {
    constexpr std::string_view texts[] = {
        "a text, as \"abc\"",
        "true or false",
        "a whole number, as 10",
        "a number, as 0.5",
        "a duration, as \"10s\", \"200ms\" or \"1m30s\"",
        "a size, as \"64MiB\", \"1kB\" or 4096",
        "a list of texts, as [\"a\", \"b\"]",
        "a text, as \"${env:NAME}\"",
        "a table, as { name = \"value\" }",
    };
    const auto index = static_cast<std::size_t>(type);
    return index < std::size(texts) ? texts[index] : "another type";
}

std::expected<component_setting, std::string> read_value(const option_row& of,
                                                         const document_value& value) {
    component_setting out{.name = std::string(of.name), .type = of.type};
    out.written = config::written_form(value);
    out.secret = of.type == WEIR_OPTION_SECRET || value.is_secret();
    if (!convert(of, value, out)) {
        return std::unexpected(fmt::format("{} is not {}{}", said_of(out), wanted(of.type),
                                           out.secret ? "" : hint(of, value)));
    }
    if (const auto reason = check_valid(of, out)) {
        return std::unexpected(fmt::format("{} {}", said_of(out), *reason));
    }
    return out;
}

std::expected<component_setting, std::string> read_map(
    const option_row& of, std::span<const config::flat_entry> entries) {
    component_setting out{.name = std::string(of.name), .type = WEIR_OPTION_MAP};
    for (const auto& each : entries) {
        const auto key = each.name.substr(of.name.size() + 1);
        auto text = config::text_of(*each.value);
        if (!text) return std::unexpected(fmt::format("{}: a text is needed", key));
        out.secret = out.secret || each.value->is_secret();
        out.written += out.written.empty() ? "{ " : ", ";
        out.written += fmt::format("{} = {}", key, config::written_form(*each.value));
        out.items.push_back(key);
        out.items.push_back(std::move(*text));
    }
    out.written += out.written.empty() ? "{}" : " }";
    return out;
}

std::expected<std::optional<component_setting>, std::string> read_initial(const option_row& of) {
    if (!of.initial) return std::optional<component_setting>();
    document_value value{.kind = value_kind::text, .text = std::string(*of.initial)};
    if (of.type == WEIR_OPTION_MAP) {
        component_setting out{.name = std::string(of.name), .type = of.type, .written = "{}"};
        return std::optional(std::move(out));
    }
    // A list's default is written as Kafka writes lists: joined by commas.
    if (of.type == WEIR_OPTION_LIST) {
        auto rest = *of.initial;
        value.kind = value_kind::list;
        while (!rest.empty()) {
            const auto comma = rest.find(',');
            value.items.push_back(
                {.kind = value_kind::text, .text = std::string(rest.substr(0, comma))});
            rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
        }
    }
    // An integer in milliseconds may stand for a duration's default, too.
    if (of.type == WEIR_OPTION_DURATION) {
        if (const auto plain = parse<std::int64_t>(*of.initial)) {
            value.text = fmt::format("{}ms", *plain);
        }
    }
    auto read = read_value({.name = of.name, .type = of.type}, value);
    if (!read) return std::unexpected(std::move(read.error()));
    read->written = *of.initial;
    read->secret = false;
    return std::optional(std::move(*read));
}

}  // namespace weir::connect::plugin
