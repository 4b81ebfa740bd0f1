// topic_pattern: topic names, and patterns of them with * (anything) and ? (one character). Pure.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace weir::connect::pipeline {

// Whether Kafka takes it for a topic's name.
bool is_topic_name(std::string_view text);
// The same with * and ? in it.
bool is_topic_pattern(std::string_view text);
bool has_wildcard(std::string_view text);

// Whether there is a name that both patterns match; a name is a pattern that matches itself.
bool patterns_meet(std::string_view left, std::string_view right);

// What a source's topic may come to: "shop.{schema}.{table}" is "shop.*.*".
std::string pattern_of_template(std::string_view topic);

// Connect's topics.regex as patterns: literals, \. and .* and . and | at the top, which is what
// such expressions are in practice. The error is a sentence.
std::expected<std::vector<std::string>, std::string> patterns_of_regex(std::string_view regex);

}  // namespace weir::connect::pipeline
