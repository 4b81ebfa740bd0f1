// option: one row of an option table: everything there is to know about a setting, in one place.
// From the tables come parsing, defaults, checks with "did you mean", DescribeConfigs and the docs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weir::config {

enum class option_type : std::uint8_t {
    boolean,
    integer,
    integer64,
    number,
    string,
    list,
    password
};
// served: acted on; accepted: known, so that existing files load, but without effect here;
// internal: accepted, and told to nobody unless it is set, as Kafka's internal options are.
enum class standing : std::uint8_t { served, accepted, internal };

struct option {
    std::string_view name;
    option_type type = option_type::string;
    std::optional<std::string_view> initial;  // the default; nothing for none
    std::string_view valid;                   // "1..", "1..9|-1", "a|b|c"; empty for anything
    standing use = standing::served;
    std::string_view synonym;  // of a topic's or group's: the broker option behind it
    std::string_view text;
};

std::span<const option> broker_options();
std::span<const option> topic_options();
std::span<const option> group_options();
// Null when there is no such option.
const option* find_option(std::span<const option> table, std::string_view name);

// The reason why `value` cannot be the option's; nothing when it can.
std::optional<std::string> check_value(const option& of, std::string_view value);

// The name in the table that is nearest to a misspelt one; empty when none is near.
std::string_view nearest_name(std::span<const option> table, std::string_view name);

// Parsed values of text that has been checked.
std::int64_t to_integer(std::string_view value);
double to_real(std::string_view value);
bool to_boolean(std::string_view value);

}  // namespace weir::config
