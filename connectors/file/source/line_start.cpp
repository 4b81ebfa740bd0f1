#include "connectors/file/source/line_start.hpp"

#include <re2/re2.h>

#include <algorithm>

namespace weir::connectors::file {
namespace {

// What begins an event is found at the front of a line; a long one is not searched through.
constexpr std::size_t searched_max = 16 * 1024;

re2::RE2::Options options() {
    re2::RE2::Options out;
    out.set_encoding(re2::RE2::Options::EncodingLatin1);
    out.set_log_errors(false);
    out.set_max_mem(8 << 20);
    return out;
}

}  // namespace

line_start::line_start(const std::string& pattern)
    : compiled_(std::make_unique<re2::RE2>(pattern, options())) {}
line_start::~line_start() = default;
line_start::line_start(line_start&&) noexcept = default;

std::string line_start::problem() const {
    return compiled_->ok() ? std::string() : compiled_->error();
}

bool line_start::matches(std::string_view line) const {
    const re2::StringPiece text(line.data(), std::min(line.size(), searched_max));
    return re2::RE2::PartialMatch(text, *compiled_);
}

}  // namespace weir::connectors::file
