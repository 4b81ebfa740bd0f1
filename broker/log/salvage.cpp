#include "broker/log/salvage.hpp"

#include <algorithm>

#include "base/endian.hpp"
#include "broker/protocol/record_batch.hpp"

namespace weir::broker::log {
namespace {

constexpr std::size_t window_size = 1024UL * 1024;
constexpr std::size_t magic_at = 16;
constexpr std::byte magic_two{2};

// A header worth the check of a whole batch.
bool is_plausible(base::bytes_view at, std::uint64_t left, offset least) {
    if (at[magic_at] != magic_two) return false;
    const auto batch = protocol::batch_view::parse_header(at);
    return batch && batch->size() <= left && batch->base_offset() >= least &&
           batch->next_offset() > batch->base_offset();
}

io::disk_result<bool> is_whole(const io::file& in, std::uint64_t position, std::size_t size) {
    base::bytes bytes(size);
    const auto read = in.read_at(position, bytes);
    if (!read) return std::unexpected(read.error());
    if (*read < size) return false;
    const auto batch = protocol::batch_view::parse(bytes);
    return batch && batch->crc_matches();
}

}  // namespace

io::disk_result<bool> has_whole_batch(const io::file& in, std::uint64_t from, std::uint64_t end,
                                      offset least) {
    // Bytes that look like headers over and over would cost a checksum each: when so much was
    // looked at in vain the answer is the careful one.
    std::uint64_t patience = 4 * (end - from) + window_size;
    base::bytes window;
    for (auto at = from; end - at >= protocol::batch_header_size;) {
        window.resize(std::min<std::uint64_t>(window_size, end - at));
        const auto read = in.read_at(at, window);
        if (!read) return std::unexpected(read.error());
        if (*read < protocol::batch_header_size) return false;
        const auto places = *read - protocol::batch_header_size + 1;
        for (std::size_t place = 0; place < places; ++place) {
            const auto candidate = base::bytes_view(window).subspan(place);
            if (!is_plausible(candidate, end - at - place, least)) continue;
            const auto size = protocol::batch_view::parse_header(candidate)->size();
            const auto whole = is_whole(in, at + place, size);
            if (!whole || *whole) return whole;
            if (size >= patience) return true;
            patience -= size;
        }
        at += places;
    }
    return false;
}

io::disk_result<void> copy_aside(io::disk& disk, const io::file& in, std::uint64_t from,
                                 std::uint64_t end, const std::string& path) {
    const auto sibling = path + ".tmp";
    const auto out = disk.open(sibling, io::open_mode::create);
    if (!out) return std::unexpected(out.error());
    if (auto cut = (*out)->truncate(0); !cut) return cut;
    base::bytes window;
    for (std::uint64_t done = 0; from + done < end;) {
        window.resize(std::min<std::uint64_t>(window_size, end - from - done));
        const auto read = in.read_at(from + done, window);
        if (!read) return std::unexpected(read.error());
        if (*read == 0) break;
        const base::bytes_view pieces[] = {base::bytes_view(window).first(*read)};
        if (auto written = (*out)->write_at(done, pieces); !written) return written;
        done += *read;
    }
    if (auto synced = (*out)->sync(); !synced) return synced;
    return disk.rename(sibling, path);
}

}  // namespace weir::broker::log
