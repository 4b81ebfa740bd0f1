#include "broker/log/cleaning/segment_writer.hpp"

namespace weir::broker::log::cleaning {
namespace {

constexpr std::size_t write_size = 1024UL * 1024;

}  // namespace

segment_writer::segment_writer(io::disk& disk, const std::string& directory, offset base,
                               std::int32_t index_interval)
    : disk_(disk),
      made_(std::make_unique<segment>(disk, directory, base, 0)),
      index_interval_(index_interval),
      end_(base) {}

io::disk_result<void> segment_writer::append(const protocol::batch_view& batch) {
    made_->note(batch, made_->size(), index_interval_);
    end_ = batch.next_offset();
    const auto bytes = batch.bytes();
    waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
    if (waiting_.size() < write_size) return {};
    return write_out();
}

io::disk_result<void> segment_writer::write_out() {
    if (!file_) {
        auto opened = disk_.open(made_->path(cleaned_extension), io::open_mode::create);
        if (!opened) return std::unexpected(opened.error());
        file_ = std::move(*opened);
        // One may be there of a pass that was given up.
        if (auto emptied = file_->truncate(0); !emptied) return emptied;
    }
    const base::bytes_view pieces[] = {waiting_};
    if (auto done = file_->write_at(written_, pieces); !done) return done;
    written_ += waiting_.size();
    waiting_.clear();
    return {};
}

io::disk_result<std::unique_ptr<segment>> segment_writer::finish() {
    if (auto done = write_out(); !done) return std::unexpected(done.error());
    if (auto synced = file_->sync(); !synced) return std::unexpected(synced.error());
    return std::move(made_);
}

}  // namespace weir::broker::log::cleaning
