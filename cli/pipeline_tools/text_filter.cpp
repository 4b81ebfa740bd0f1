#include "cli/pipeline_tools/text_filter.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

namespace weir::cli::pipeline_tools {

struct text_filter::compiled {
    explicit compiled(const std::string& expression) : expression(expression, options()) {}
    static RE2::Options options() {
        RE2::Options out;
        out.set_log_errors(false);
        return out;
    }
    RE2 expression;
};

std::expected<text_filter, std::string> text_filter::compile(const std::string& expression) {
    auto made = std::make_shared<compiled>(expression);
    if (!made->expression.ok()) {
        return std::unexpected(
            fmt::format("'{}' is no regular expression: {}", expression, made->expression.error()));
    }
    return text_filter(std::move(made));
}

bool text_filter::matches(std::string_view text) const {
    return RE2::PartialMatch({text.data(), text.size()}, inside_->expression);
}

}  // namespace weir::cli::pipeline_tools
