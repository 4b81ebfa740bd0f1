// match: which file goes on from which position: the decision over all positions and all files that
// are there. Pure: what it has to know about bytes it asks a `content`. The rules are numbered as
// in README.md.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "connectors/file/source/position.hpp"

namespace weir::connectors::file {

struct seen_file {
    std::string path;
    std::string log;
    identity file;
    std::uint64_t size = 0;
    std::int64_t modified_ns = 0;
    encoding as = encoding::plain;
    bool current = false;  // it is at its log's own path
    bool wanted = false;   // is read when no position knows it
    bool unnamed = false;  // it is there as an open descriptor only
};

struct known_position {
    position at;
    // Its file is known to go on from it: not compared again.
    bool trusted = false;
    // Its file was seen truncated: what has its identity now is another generation.
    bool cut_off = false;
};

// How a file's (uncompressed) content relates to what a position says was delivered.
enum class likeness {
    other,
    continues,  // begins with all that was delivered
    spent       // ends before the position, and all of it was delivered
};

class content {
  public:
    virtual ~content() = default;
    virtual likeness compare(const position& at, const seen_file& file) = 0;
    // Whether the bytes of `part` are the first ones of `whole`.
    virtual bool begins(const seen_file& part, const seen_file& whole) = 0;
    // Bytes of its (uncompressed) content; 0 when it cannot be read.
    virtual std::uint64_t length(const seen_file& file) = 0;
};

struct pairing {
    std::size_t known = 0;
    std::size_t file = 0;
    bool spent = false;
};

struct decision {
    std::vector<pairing> kept;       // the same file
    std::vector<pairing> moved;      // its content goes on in another file
    std::vector<std::size_t> begun;  // files to be read from the beginning, oldest first
    // For each of those the oldest position that is of a younger generation by its file's name;
    // known.size(): there is none.
    std::vector<std::size_t> begun_before;
    std::vector<std::size_t> held;  // files that are copies of files that are followed
    std::vector<std::size_t> gone;  // positions whose content is not there any more
};

decision match(std::span<const known_position> known, std::span<const seen_file> files,
               content& bytes);

}  // namespace weir::connectors::file
