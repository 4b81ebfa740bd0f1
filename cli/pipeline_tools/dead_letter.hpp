// dead_letter: what the headers of a dead letter say of it: Kafka Connect's ten, which begin with
// __connect.errors. Pure; they come from outside.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"

namespace weir::cli::pipeline_tools {

inline constexpr std::string_view error_header_prefix = "__connect.errors.";

struct dead_letter {
    // By the rest of the header's name ("stage", "connector.name"), in the order of the record; of
    // a name that repeats the last one counts.
    std::vector<std::pair<std::string, std::string>> fields;

    std::string_view field(std::string_view name) const;
    bool empty() const { return fields.empty(); }
    // Where the record came from: "logs-0@17"; "-" when the headers do not say.
    std::string origin() const;
    // The class of the exception without its package.
    std::string_view exception() const;
};

bool is_error_header(std::string_view name);

// Adds a header to `into` if it is one of those.
void add_header(dead_letter& into, std::string_view name,
                const std::optional<base::bytes_view>& value);

// "connector.name=hook": a field, and what its value must be, with * and ?.
struct letter_filter {
    std::string field;
    std::string pattern;
};
// Nothing when there is no = in it; "__connect.errors." in front may be left out.
std::optional<letter_filter> parse_filter(std::string_view text);
// Whether all of them hold. A field that is not there is an empty text.
bool matches(const std::vector<letter_filter>& filters, const dead_letter& letter);

}  // namespace weir::cli::pipeline_tools
