// text_filter: a regular expression that a record's key or value has to match somewhere. Gateway to
// RE2, whose time is linear in the text.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace weir::cli::pipeline_tools {

class text_filter {
  public:
    static std::expected<text_filter, std::string> compile(const std::string& expression);
    bool matches(std::string_view text) const;

  private:
    struct compiled;
    explicit text_filter(std::shared_ptr<const compiled> inside) : inside_(std::move(inside)) {}
    std::shared_ptr<const compiled> inside_;
};

}  // namespace weir::cli::pipeline_tools
