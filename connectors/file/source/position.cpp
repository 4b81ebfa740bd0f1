#include "connectors/file/source/position.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "connectors/file/source/flat_json.hpp"

namespace weir::connectors::file {
namespace {

constexpr std::array<std::string_view, 3> encodings = {"plain", "gzip", "zstd"};

// Beyond this no file is: what is stored there is not a position of ours.
constexpr std::uint64_t offset_max = std::uint64_t{1} << 62;

std::uint64_t number_or_zero(const flat_object& from, std::string_view key) {
    return from.number(key).value_or(0);
}

// A length with its hash; without both of them nothing is compared.
void decode_hash(const flat_object& from, std::string_view name, std::uint64_t limit,
                 std::uint32_t& length, std::uint64_t& hash) {
    const auto size = from.number(std::string(name) + "_length");
    const auto value = from.number(std::string(name) + "_hash");
    if (!size || !value || *size > limit) return;
    length = static_cast<std::uint32_t>(*size);
    hash = *value;
}

constexpr std::size_t marks_max = 12;

// "offset:hash offset:hash"
std::string text_of_marks(const std::vector<content_mark>& marks) {
    std::string out;
    for (const auto& each : marks) {
        if (!out.empty()) out += ' ';
        out += std::to_string(each.offset) + ':' + std::to_string(each.hash);
    }
    return out;
}

// What is not one is left out, and whatever comes after it.
std::vector<content_mark> marks_of(std::string_view text, std::uint64_t limit) {
    std::vector<content_mark> out;
    const auto take = [&](std::uint64_t& into, char end) {
        const auto read = std::from_chars(text.data(), text.data() + text.size(), into);
        if (read.ec != std::errc()) return false;
        text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
        if (text.empty()) return end == ' ';
        if (text[0] != end) return false;
        text.remove_prefix(1);
        return true;
    };
    content_mark next;
    while (out.size() < marks_max && take(next.offset, ':') && take(next.hash, ' ')) {
        if (next.offset >= limit || next.offset == 0) break;
        if (!out.empty() && next.offset <= out.back().offset) break;
        out.push_back(next);
    }
    return out;
}

}  // namespace

void add_mark(position& from) {
    if (from.tail_length != std::min<std::uint64_t>(tail_bytes, from.offset)) return;
    auto& marks = from.marks;
    if (from.offset == 0 || (!marks.empty() && marks.back().offset >= from.offset)) return;
    marks.push_back({from.offset, from.tail_hash});
    if (marks.size() <= marks_max) return;
    // The first one (the oldest) stays; of the others the one goes whose neighbours are closest
    // together compared with their distance from the end.
    std::size_t victim = 1;
    double least = 2;
    for (std::size_t at = 1; at + 1 < marks.size(); ++at) {
        const auto gap = static_cast<double>(marks[at + 1].offset - marks[at - 1].offset);
        const auto back = static_cast<double>(from.offset - marks[at - 1].offset);
        if (gap / back < least) {
            least = gap / back;
            victim = at;
        }
    }
    marks.erase(marks.begin() + static_cast<std::ptrdiff_t>(victim));
}

std::string partition_of(const position& from) {
    return object_writer().put_text("file", from.id).take();
}

std::string offset_of(const position& from) {
    object_writer out;
    out.put_text("path", from.path).put_text("log", from.log);
    out.put_number("position", from.offset);
    out.put_number("device", from.file.device).put_wide("inode", from.file.inode);
    out.put_wide("born_ns", static_cast<std::uint64_t>(from.file.born_ns));
    out.put_number("head_length", from.head_length).put_wide("head_hash", from.head_hash);
    out.put_number("tail_length", from.tail_length).put_wide("tail_hash", from.tail_hash);
    out.put_text("encoding", encodings[static_cast<std::size_t>(from.as)]);
    out.put_number("size", from.size);
    out.put_wide("modified_ns", static_cast<std::uint64_t>(from.modified_ns));
    out.put_number("generation", from.generation);
    if (!from.marks.empty()) out.put_text("marks", text_of_marks(from.marks));
    if (from.inside) out.put_true("inside");
    if (from.gone) out.put_true("gone");
    return out.take();
}

std::optional<position> decode_position(std::string_view partition, std::string_view offset) {
    const auto key = flat_object::parse(partition);
    const auto from = flat_object::parse(offset);
    if (!key || !from) return std::nullopt;
    const auto id = text_of(*key, "file");
    const auto path = text_of(*from, "path");
    const auto at = from->number("position");
    if (!id || !path || !at || *at > offset_max) return std::nullopt;
    position out;
    out.id = *id;
    out.path = *path;
    out.log = text_of(*from, "log").value_or(*path);
    out.offset = *at;
    out.file.device = number_or_zero(*from, "device");
    out.file.inode = number_or_zero(*from, "inode");
    out.file.born_ns = static_cast<std::int64_t>(number_or_zero(*from, "born_ns"));
    decode_hash(*from, "head", std::min<std::uint64_t>(head_bytes, *at), out.head_length,
                out.head_hash);
    decode_hash(*from, "tail", std::min<std::uint64_t>(tail_bytes, *at), out.tail_length,
                out.tail_hash);
    const auto name = from->text("encoding").value_or("plain");
    const auto* const known = std::ranges::find(encodings, name);
    if (known == encodings.end()) return std::nullopt;
    out.as = static_cast<encoding>(known - encodings.begin());
    out.size = number_or_zero(*from, "size");
    out.modified_ns = static_cast<std::int64_t>(number_or_zero(*from, "modified_ns"));
    out.generation = number_or_zero(*from, "generation");
    out.marks = marks_of(from->text("marks").value_or(""), *at);
    out.inside = from->boolean("inside");
    out.gone = from->boolean("gone");
    return out;
}

std::string partition_of(const watch_mark& from) {
    return object_writer().put_text("paths", from.pattern).take();
}

std::string offset_of(const watch_mark& from) {
    return object_writer().put_wide("since_ns", static_cast<std::uint64_t>(from.since_ns)).take();
}

std::optional<watch_mark> decode_mark(std::string_view partition, std::string_view offset) {
    const auto key = flat_object::parse(partition);
    const auto from = flat_object::parse(offset);
    if (!key || !from) return std::nullopt;
    const auto pattern = text_of(*key, "paths");
    const auto since = from->number("since_ns");
    if (!pattern || !since) return std::nullopt;
    return watch_mark{*pattern, static_cast<std::int64_t>(*since)};
}

}  // namespace weir::connectors::file
