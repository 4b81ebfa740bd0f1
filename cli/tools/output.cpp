#include "cli/tools/output.hpp"

#include <unistd.h>

#include <cerrno>

namespace weir::cli::tools {

bool output::flush() {
    std::size_t done = 0;
    while (done < buffer_.size() && !failed_) {
        const auto wrote = ::write(descriptor_, buffer_.data() + done, buffer_.size() - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) {
            failed_ = true;
        } else {
            done += static_cast<std::size_t>(wrote);
        }
    }
    buffer_.clear();
    return !failed_;
}

}  // namespace weir::cli::tools
