// line_reader: a line as a record, by the rules and words of Kafka's LineMessageReader:
//   headers delimiter key separator value, where headers are key:value between commas. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/tools/console/client_settings.hpp"
#include "cli/tools/errors.hpp"
#include "cli/tools/pattern.hpp"

namespace weir::cli::tools::console {

struct read_header {
    std::string_view key;
    std::optional<std::string_view> value;
};

// Views into the line.
struct read_record {
    std::optional<std::string_view> key;
    std::optional<std::string_view> value;
    std::vector<read_header> headers;
};

class line_reader {
  public:
    // From the properties of --reader-property; fails where they contradict each other.
    static tool_result<line_reader> create(const properties& from);

    tool_result<read_record> parse(std::string_view line);
    // A line was asked for: the count is of lines asked for, as in Kafka's messages.
    void count_line() { ++line_number_; }

  private:
    tool_result<void> check() const;
    tool_result<std::optional<std::string_view>> take(std::string_view line, std::size_t from,
                                                      const std::string& separator,
                                                      std::string_view separator_name) const;
    tool_result<std::vector<read_header>> split_headers(std::string_view text) const;
    std::vector<std::string_view> header_pairs(std::string_view text) const;
    std::optional<pattern::place> find_separator(std::string_view text) const;
    bool is_null(std::string_view text) const { return null_marker_ && text == *null_marker_; }

    bool parse_key_ = false;
    bool parse_headers_ = false;
    bool ignore_error_ = false;
    std::string key_separator_ = "\t";
    std::string headers_delimiter_ = "\t";
    std::string headers_separator_ = ",";
    std::string headers_key_separator_ = ":";
    std::optional<std::string> null_marker_;
    // The separator of headers is a regular expression; nothing when it is plain text.
    std::optional<pattern> headers_pattern_;
    std::int64_t line_number_ = 0;
};

}  // namespace weir::cli::tools::console
