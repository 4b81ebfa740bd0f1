// date_format: dates by the patterns of Java's SimpleDateFormat, in UTC and English, lenient as it
// is: month 13 is January of the next year, what follows the date is passed over. Letters: G y M L
// d D F E u a H k K h m s S z Z X. Two digits of a year are those of 1950 to 2049, where Java takes
// the century from the clock. Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::transforms::smt {

class date_format {
  public:
    // The error is a sentence.
    static std::expected<date_format, std::string> of_pattern(std::string_view pattern);

    void append(std::int64_t ms, std::string& out) const;
    // Milliseconds since 1970; nothing when the text is no such date.
    std::optional<std::int64_t> parse(std::string_view text) const;

  private:
    struct element {
        char letter = 0;  // 0: a literal
        int count = 0;
        std::string literal;
    };
    std::vector<element> elements_;
};

}  // namespace weir::transforms::smt
