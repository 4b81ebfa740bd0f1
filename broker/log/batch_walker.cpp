#include "broker/log/batch_walker.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::broker::log {
namespace {

// Headers are looked for within a few kilobytes mostly (an index entry stands each 4 KiB), so the
// first chunk is small; going on, chunks grow.
constexpr std::size_t first_chunk = 8 * 1024;
constexpr std::size_t chunk_max = 1024 * 1024;

}  // namespace

batch_walker::batch_walker(const io::file& from, std::uint64_t position, std::uint64_t end)
    : from_(from), position_(position), end_(end), chunk_size_(first_chunk) {}

base::bytes_view batch_walker::bytes_at_position(std::size_t size) {
    const bool inside = position_ >= chunk_at_ && position_ + size <= chunk_at_ + chunk_.size();
    if (!inside) {
        const auto wanted = std::min<std::uint64_t>(std::max(size, chunk_size_), end_ - position_);
        chunk_size_ = std::min(chunk_size_ * 2, chunk_max);
        chunk_.resize(wanted);
        chunk_at_ = position_;
        const auto read = from_.read_at(position_, chunk_);
        if (!read) failure_ = read.error();
        chunk_.resize(read.value_or(0));
        if (chunk_.size() < size) return {};
    }
    return base::bytes_view(chunk_).subspan(position_ - chunk_at_, size);
}

std::string batch_walker::damage_text() const {
    return fmt::format("{}: damaged at position {}: {}", from_.path(), position_,
                       protocol::to_text(damage_.value_or(protocol::batch_errc::truncated)));
}

std::optional<walked_batch> batch_walker::take(bool whole) {
    if (damage_ || failure_ || position_ >= end_) return std::nullopt;
    if (end_ - position_ < protocol::batch_header_size) {
        damage_ = protocol::batch_errc::truncated;
        return std::nullopt;
    }
    const auto header = bytes_at_position(protocol::batch_header_size);
    if (failure_) return std::nullopt;
    auto view = protocol::batch_view::parse_header(header);
    if (!view) {
        damage_ = view.error();
        return std::nullopt;
    }
    // Base offsets are outside of the checksum.
    if (view->base_offset() < offset(0) || view->next_offset() <= view->base_offset()) {
        damage_ = protocol::batch_errc::bad_offset;
        return std::nullopt;
    }
    if (view->size() > end_ - position_) {
        damage_ = protocol::batch_errc::truncated;
        return std::nullopt;
    }
    if (whole) {
        view = protocol::batch_view::parse(bytes_at_position(view->size()));
        if (failure_) return std::nullopt;
        if (!view || !view->crc_matches()) {
            damage_ = view ? protocol::batch_errc::bad_crc : view.error();
            return std::nullopt;
        }
    }
    walked_batch found{.position = position_, .header = *view};
    position_ = found.end();
    return found;
}

std::optional<walked_batch> batch_walker::next() {
    return take(false);
}

std::optional<walked_batch> batch_walker::next_verified() {
    return take(true);
}

}  // namespace weir::broker::log
