// line_start: whether a line begins an event: a regular expression. Pure; the gateway of RE2, whose
// time is linear in the line. It works on bytes, so that lines need not be UTF-8.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace weir::connectors::file {

class line_start {
  public:
    explicit line_start(const std::string& pattern);
    ~line_start();
    line_start(line_start&&) noexcept;

    // Empty: the pattern is one.
    std::string problem() const;
    bool matches(std::string_view line) const;

  private:
    std::unique_ptr<re2::RE2> compiled_;
};

}  // namespace weir::connectors::file
