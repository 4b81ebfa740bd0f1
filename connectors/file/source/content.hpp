// content: the uncompressed bytes of files, and how they compare with positions and with each
// other. It reads through disk.hpp; owned by the task. What cannot be read is unlike everything.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "connectors/file/source/disk.hpp"
#include "connectors/file/source/inflate.hpp"
#include "connectors/file/source/match.hpp"

namespace weir::connectors::file {

// The decoded bytes of one compressed file. Reading goes forward; going back begins anew, but for
// what was given back.
class inflated_file {
  public:
    explicit inflated_file(encoding as) : as_(as) { restart(); }

    // Fewer than wanted: that is all there is at the moment; see is_complete(). -1: damaged, or it
    // cannot be read.
    std::int64_t read(const descriptor& from, std::uint64_t offset, char* into, std::size_t size);
    // Bytes up to where reading has got to, that will be read again.
    void give_back(std::uint64_t offset, std::string_view bytes);
    // What was read last ended where the file may end.
    bool is_complete() const { return between_; }
    bool is_damaged() const { return damaged_; }
    // Compressed bytes read so far.
    std::uint64_t raw_offset() const { return raw_offset_; }

  private:
    void restart();
    // Bytes made into `into`; 0: there is no more input; -1: damaged.
    std::int64_t decode(const descriptor& from, char* into, std::size_t size);

    encoding as_;
    std::unique_ptr<inflater> decoder_;
    std::string input_;
    std::size_t input_at_ = 0;
    std::uint64_t raw_offset_ = 0;
    std::uint64_t next_ = 0;  // offset of what is decoded next
    std::string kept_;        // the bytes before next_
    bool between_ = false;
    bool damaged_ = false;
};

class disk_content : public content {
  public:
    likeness compare(const position& at, const seen_file& file) override;
    bool begins(const seen_file& part, const seen_file& whole) override;
    std::uint64_t length(const seen_file& file) override;
    // The position at the end of a file that is `spent`.
    std::optional<position> at_end_of(const position& at, const seen_file& file);

  private:
    using state = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::int64_t>;
    using pair_key = std::pair<state, state>;
    std::map<pair_key, bool> known_pairs_;
};

// The encoding that the beginning of a file has; by its name as long as it is too short to tell.
encoding encoding_of_file(const descriptor& open, const std::string& path);

}  // namespace weir::connectors::file
