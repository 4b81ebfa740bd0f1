// position: how far a file is read, and by what it is known again; and its JSON, as the host stores
// it. Pure. What is decoded comes from outside (people may edit it): it is checked, and what is
// missing is simply not compared.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::connectors::file {

constexpr std::uint32_t head_bytes = 1024;
constexpr std::uint32_t tail_bytes = 256;

enum class encoding : std::uint8_t { plain, gzip, zstd };

// The hash of the (at most tail_bytes) bytes before an offset that was delivered earlier.
struct content_mark {
    std::uint64_t offset = 0;
    std::uint64_t hash = 0;

    bool operator==(const content_mark&) const = default;
};

// A file on a disk, whatever its name. born_ns is 0 where the file system does not know.
struct identity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t born_ns = 0;

    // Two births that are known must agree.
    bool same_as(const identity& other) const {
        return device == other.device && inode == other.inode &&
               (born_ns == 0 || other.born_ns == 0 || born_ns == other.born_ns);
    }
    bool operator==(const identity&) const = default;
};

struct position {
    std::string id;
    std::string path;
    std::string log;
    identity file;
    encoding as = encoding::plain;
    std::uint64_t offset = 0;  // of the uncompressed content; "position" in JSON
    std::uint64_t size = 0;    // of the file, as last seen
    std::int64_t modified_ns = 0;
    std::uint32_t head_length = 0;
    std::uint64_t head_hash = 0;
    std::uint32_t tail_length = 0;
    std::uint64_t tail_hash = 0;
    std::vector<content_mark> marks;  // ascending; dense near `offset`, sparse before
    std::uint64_t generation = 0;
    bool inside = false;
    bool gone = false;  // its content was nowhere when it was looked for

    bool operator==(const position&) const = default;
};

// Puts the tail of `from` among its marks, of which it keeps few: each distance about twice the one
// after it.
void add_mark(position& from);

// {"file": ID}
std::string partition_of(const position& from);
std::string offset_of(const position& from);
// Nothing when it is not a position of a file. Bounded by the sizes of the texts.
std::optional<position> decode_position(std::string_view partition, std::string_view offset);

// {"paths": PATTERN} and the time since when it is watched.
struct watch_mark {
    std::string pattern;
    std::int64_t since_ns = 0;

    bool operator==(const watch_mark&) const = default;
};
std::string partition_of(const watch_mark& from);
std::string offset_of(const watch_mark& from);
std::optional<watch_mark> decode_mark(std::string_view partition, std::string_view offset);

}  // namespace weir::connectors::file
