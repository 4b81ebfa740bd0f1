// output_file: one file that a sink is writing: rows gather in a buffer and go to the disk in
// large pieces of whole rows. A call that fails in a way that heals can be made again: nothing is
// lost or written twice.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "connectors/file/sink/compressor.hpp"
#include "connectors/file/sink/disk.hpp"
#include "connectors/file/sink/rows.hpp"

namespace weir::connectors::file::sink {

inline constexpr std::size_t buffer_bytes = std::size_t{256} << 10;

class output_file {
  public:
    output_file(std::unique_ptr<writable> at, compression kind, const row_options& rows)
        : at_(std::move(at)), kind_(kind), rows_(rows) {}

    // Empty, or why the record has no row.
    std::string_view append(const weir_value& value) {
        const auto reason = rows_.append(buffer_, value);
        if (reason.empty()) ++row_count_;
        return reason;
    }
    std::uint64_t row_count() const { return row_count_; }
    bool is_full() const { return buffer_.size() >= buffer_bytes; }
    // Hands what is buffered to the system.
    [[nodiscard]] result<> write();
    // Everything is on the medium then. A compressed file is whole with that and takes no more.
    // Without `sync` it is handed to the system only.
    [[nodiscard]] result<> finish(bool sync);

    // By this object, on the disk.
    std::uint64_t written_bytes() const { return written_bytes_; }
    // And what is going to be; of compressed ones what is known.
    std::uint64_t size_bytes() const {
        return written_bytes_ + packed_.size() + (kind_ == compression::none ? buffer_.size() : 0);
    }
    row_writer& rows() { return rows_; }

  private:
    result<> write_packed();

    std::unique_ptr<writable> at_;
    compression kind_;
    row_writer rows_;
    std::string buffer_;  // rows
    std::string packed_;  // compressed, and not on the disk yet
    std::unique_ptr<compressor> compressor_;
    std::uint64_t row_count_ = 0;
    std::uint64_t written_bytes_ = 0;
    bool packed_all_ = false;
    bool synced_ = true;
};

}  // namespace weir::connectors::file::sink
