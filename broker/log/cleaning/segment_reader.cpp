#include "broker/log/cleaning/segment_reader.hpp"

#include <fmt/format.h>

#include <cerrno>

#include "broker/log/segment.hpp"

namespace weir::broker::log::cleaning {

io::disk_result<void> segment_reader::open_next() {
    const auto& segment = left_.front();
    const auto path = directory_ + "/" + offset_name(segment.base) + ".log";
    auto opened = disk_.open(path, io::open_mode::read);
    if (!opened) return std::unexpected(opened.error());
    file_ = std::move(*opened);
    walker_.emplace(*file_, 0, segment.size);
    left_ = left_.subspan(1);
    return {};
}

io::disk_result<std::optional<protocol::batch_view>> segment_reader::next() {
    for (;;) {
        if (walker_) {
            if (const auto batch = walker_->next_verified()) return batch->header;
            if (walker_->failure()) return std::unexpected(*walker_->failure());
            if (walker_->damage()) {
                return std::unexpected(
                    io::disk_error{.code = EBADMSG, .message = walker_->damage_text()});
            }
        }
        if (left_.empty()) return std::nullopt;
        if (auto opened = open_next(); !opened) return std::unexpected(opened.error());
    }
}

io::disk_error segment_reader::damage(protocol::batch_errc why) const {
    return {.code = EBADMSG,
            .message = fmt::format("{}: damaged before position {}: {}", file_->path(),
                                   walker_->position(), protocol::to_text(why))};
}

}  // namespace weir::broker::log::cleaning
