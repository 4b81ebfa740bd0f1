// position_json: the records of the topic of source positions, as Kafka Connect writes them: key
// ["NAME",{partition}], value {offset} or none. Gateway to nlohmann-json; pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::connect::stores {

// The text of a JSON object without blanks, its members in the order given; nothing for anything
// else, and for what is nested too deeply.
std::optional<std::string> compact_object(std::string_view json);

struct position_key {
    std::string component;
    std::string partition;  // a JSON object, compact

    bool operator==(const position_key&) const = default;
};

// `partition` has to be compact.
std::string write_position_key(std::string_view component, std::string_view partition);
// Nothing for a key of another form.
std::optional<position_key> read_position_key(std::string_view key);

}  // namespace weir::connect::stores
