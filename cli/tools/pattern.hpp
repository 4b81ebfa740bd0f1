// A regular expression that Kafka's tools take for names of topics. Gateway to std::regex, whose
// grammar (ECMAScript) agrees with Java's in what such expressions use; `(?i)` in front is known.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "cli/tools/errors.hpp"

namespace weir::cli::tools {

class pattern {
  public:
    static tool_result<pattern> compile(std::string_view expression);
    // As --topic and --include take it: commas are alternatives, blanks and quotes around it go.
    static tool_result<pattern> compile_topics(std::string_view list);

    // The whole of `text` matches.
    bool matches(std::string_view text) const;
    // The first place that matches; nothing when there is none.
    struct place {
        std::size_t at = 0;
        std::size_t size = 0;
    };
    std::optional<place> find(std::string_view text) const;

  private:
    struct compiled;
    explicit pattern(std::shared_ptr<const compiled> inside) : inside_(std::move(inside)) {}
    std::shared_ptr<const compiled> inside_;
};

}  // namespace weir::cli::tools
