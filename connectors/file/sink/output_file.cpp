#include "connectors/file/sink/output_file.hpp"

namespace weir::connectors::file::sink {
namespace {

std::unexpected<failure> no_memory() {
    return std::unexpected(failure{"no memory to compress"});
}

}  // namespace

result<> output_file::write_packed() {
    if (packed_.empty()) return {};
    if (const auto done = at_->append(packed_); !done) return done;
    written_bytes_ += packed_.size();
    packed_.clear();
    synced_ = false;
    return {};
}

result<> output_file::write() {
    if (kind_ == compression::none) {
        if (buffer_.empty()) return {};
        if (const auto done = at_->append(buffer_); !done) return done;
        written_bytes_ += buffer_.size();
        buffer_.clear();
        synced_ = false;
        return {};
    }
    // What could not be written the last time comes first: memory stays bounded by it.
    if (const auto done = write_packed(); !done) return done;
    if (buffer_.empty()) return {};
    if (!compressor_) compressor_ = make_compressor(kind_);
    if (!compressor_ || !compressor_->append(buffer_, packed_)) return no_memory();
    buffer_.clear();
    return write_packed();
}

result<> output_file::finish(bool sync) {
    if (const auto done = write(); !done) return done;
    const bool empty = kind_ != compression::none && !compressor_;
    if (empty && !(compressor_ = make_compressor(kind_))) return no_memory();
    if (compressor_ && !packed_all_) {
        if (!compressor_->finish(packed_)) return no_memory();
        packed_all_ = true;
    }
    if (const auto done = write_packed(); !done) return done;
    if (synced_ || !sync) return {};
    if (const auto done = at_->sync(); !done) return done;
    synced_ = true;
    return {};
}

}  // namespace weir::connectors::file::sink
