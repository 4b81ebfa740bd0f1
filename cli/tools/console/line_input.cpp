#include "cli/tools/console/line_input.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/utf8.hpp"

namespace weir::cli::tools::console {
namespace {

constexpr std::size_t chunk = 64 * 1024;

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char letter) { return letter >= 0; });
}

}  // namespace

bool line_input::take_line() {
    if (skip_newline_ && at_ < buffer_.size()) {
        if (buffer_[at_] == '\n') ++at_;
        skip_newline_ = false;
        searched_ = std::max(searched_, at_);
    }
    const auto end = buffer_.find_first_of("\r\n", searched_);
    searched_ = buffer_.size();
    if (end == std::string::npos && !(ended_ && at_ < buffer_.size())) return false;
    const auto to = end == std::string::npos ? buffer_.size() : end;
    const auto text = std::string_view(buffer_).substr(at_, to - at_);
    line_ = is_ascii(text) ? std::string(text) : base::to_valid_utf8(text);
    skip_newline_ = end != std::string::npos && buffer_[end] == '\r';
    at_ = end == std::string::npos ? to : to + 1;
    searched_ = at_;
    return true;
}

bool line_input::fill(std::chrono::milliseconds timeout) {
    pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, static_cast<int>(timeout.count())) <= 0) return false;
    buffer_.erase(0, at_);
    searched_ -= std::min(searched_, at_);
    at_ = 0;
    const auto before = buffer_.size();
    buffer_.resize(before + chunk);
    const auto read = ::read(descriptor_, buffer_.data() + before, chunk);
    buffer_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(read, 0)));
    if (read < 0 && (errno == EINTR || errno == EAGAIN)) return false;
    if (read <= 0) ended_ = true;
    return true;
}

input_state line_input::next(std::chrono::milliseconds timeout) {
    while (!take_line()) {
        if (ended_) return input_state::end;
        if (!fill(timeout)) return input_state::nothing_yet;
    }
    return input_state::line;
}

}  // namespace weir::cli::tools::console
