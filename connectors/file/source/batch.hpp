// batch: the records of one poll. They view one buffer, into which files are read; per line nothing
// is allocated, and of a record only what differs is written. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "connect/sdk/source.hpp"
#include "connect/sdk/values.hpp"
#include "connectors/file/source/options.hpp"

namespace weir::connectors::file {

class batch {
  public:
    static constexpr std::size_t records_max = 20'000;
    static constexpr std::size_t bytes_max = 4 * 1024 * 1024;

    batch(const settings_of_source& settings, const std::string& host);
    batch(const batch&) = delete;
    batch& operator=(const batch&) = delete;

    void clear();
    bool is_full() const { return count_ == records_.size(); }
    bool empty() const { return count_ == 0; }
    std::size_t count() const { return count_; }
    std::span<const weir_record> records() const { return {records_.data(), count_}; }

    // Where bytes may be read to; keep() says how many of them records view.
    char* room() { return buffer_.data() + used_; }
    std::size_t room_size() const { return buffer_.size() - used_; }
    void keep(std::size_t bytes) { used_ += bytes; }

    // The file of the lines that follow.
    void begin_file(const std::string& path);
    // False: it is full. `offset` is of the line in its file.
    bool add(std::string_view line, std::uint64_t offset) {
        if (is_full()) return false;
        auto& into = records_[count_].value;
        if (place_ != field_place::none) return add_with_fields(line, offset);
        into.count = static_cast<std::uint32_t>(line.size());
        into.of.data = line.data();
        ++count_;
        return true;
    }
    // A line that is too long, of which `line` is the beginning, as a bad record.
    bool add_bad(std::string_view line, std::uint64_t offset);

  private:
    bool add_with_fields(std::string_view line, std::uint64_t offset);
    void make_schema(const settings_of_source& settings);

    std::vector<char> buffer_;
    std::size_t used_ = 0;
    std::size_t count_ = 0;
    std::size_t line_bytes_max_;
    std::vector<weir_record> records_;

    field_place place_;
    bool with_path_;
    bool with_host_;
    bool with_offset_;
    std::string host_;
    weir_schema text_schema_ = {};
    weir_schema number_schema_ = {};
    std::vector<weir_field> fields_;
    weir_schema schema_ = {};
    std::vector<weir_value> values_;  // of structs
    std::vector<weir_header> headers_;
    std::size_t per_record_ = 0;
    std::deque<std::string> paths_;  // of the files of this batch
    std::deque<std::string> reasons_;
    std::vector<std::size_t> bad_;
};

}  // namespace weir::connectors::file
