// What the file source takes from outside: stored positions, file contents, compressed files.
// Input: a kind; then a position's two texts, or content with the pieces it comes in, or bytes of a
// compressed file. Positions that are taken come back the same; lines are those of a naive
// splitter and events lose none of their bytes; decoders make no more than there is room for.
#include <string>

#include "connectors/file/source/inflate.hpp"
#include "connectors/file/source/join.hpp"
#include "connectors/file/source/position.hpp"
#include "connectors/file/source/split.hpp"
#include "tests/fuzz/target.hpp"

namespace weir::fuzz {
namespace {

using namespace connectors::file;

std::string text_of(const base::bytes& from) {
    return {reinterpret_cast<const char*>(from.data()), from.size()};
}

void check_position(input& in) {
    const auto partition = text_of(in.take_piece());
    const auto offset = text_of(in.take_rest());
    if (const auto at = decode_position(partition, offset)) {
        require(at->tail_length <= tail_bytes && at->head_length <= head_bytes);
        require(decode_position(partition_of(*at), offset_of(*at)) == at);
    }
    if (const auto mark = decode_mark(partition, offset))
        require(decode_mark(partition_of(*mark), offset_of(*mark)) == mark);
}

void check_lines(input& in) {
    const std::size_t most = 1 + in.take_uint8();
    const auto step = std::size_t{1} + in.take_uint8();
    const auto text = text_of(in.take_rest());
    joiner join({most, 1 + most % 7});
    split_state state;
    std::size_t end = 0;
    std::size_t lines = 0;
    const auto event = [&](const line_span& span) {
        require(span.begin >= end && span.end >= span.begin && span.next <= text.size());
        require(span.end - span.begin <= most);
        end = span.next;
        return true;
    };
    for (std::size_t size = 0;;) {
        size = std::min(text.size(), size + step);
        const std::string piece = text.substr(0, size);
        split(piece, size == text.size(), most, state, [&](const line_span& span) {
            ++lines;
            require(piece.find('\n', span.begin) >= span.end);
            return join.add(span, piece[span.begin] == 's', event);
        });
        if (size == text.size()) break;
    }
    join.flush(event);
    const auto ends = static_cast<std::size_t>(std::ranges::count(text, '\n'));
    require(lines == ends + (text.empty() || text.back() == '\n' ? 0 : 1));
}

void check_inflater(input& in, encoding as) {
    const auto step = std::size_t{1} + in.take_uint8();
    const auto bytes = text_of(in.take_rest());
    const auto decoder = make_inflater(as);
    require(decoder != nullptr);
    std::string room(4096, '\0');
    std::size_t at = 0;
    std::size_t made = 0;
    while (made < 8 * 1024 * 1024) {
        const auto piece = std::string_view(bytes).substr(at, step);
        const auto out = decoder->run(piece, room.data(), room.size());
        require(out.taken <= piece.size() && out.made <= room.size());
        at += out.taken;
        made += out.made;
        if (out.damaged || (out.made == 0 && (at == bytes.size() || out.taken == 0))) break;
    }
}

}  // namespace

std::vector<base::bytes> seeds() {
    position at;
    at.id = "0123";
    at.path = at.log = "logs/app.log";
    at.offset = 300;
    at.tail_length = 256;
    at.head_length = 300;
    at.tail_hash = at.head_hash = 77;
    add_mark(at);
    const auto put = [](std::uint8_t kind, std::string_view first, std::string_view rest) {
        output out;
        out.put(kind);
        if (kind == 0) {
            out.put_piece(base::to_bytes(first));
        } else {
            out.put_bytes(base::to_bytes(first));
        }
        return out.put_bytes(base::to_bytes(rest)).take();
    };
    using namespace std::string_view_literals;
    constexpr auto gzip = "\x1f\x8b\x08\0\0\0\0\0\0\x03\x4b\x04\0\x43\xbe\xb7\xe8\x01\0\0\0"sv;
    constexpr auto zstd = "\x28\xb5\x2f\xfd\x20\x01\x09\0\0\x61"sv;
    return {put(0, partition_of(at), offset_of(at)),
            put(1, "\x08\x03", "sab\nsb\r\n\n\rlong long\n"), put(2, "\x40", gzip),
            put(3, "\x40", zstd)};
}

}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    weir::fuzz::input in(data, size);
    switch (in.take_uint8() % 4) {
        case 0:
            weir::fuzz::check_position(in);
            break;
        case 1:
            weir::fuzz::check_lines(in);
            break;
        case 2:
            weir::fuzz::check_inflater(in, weir::connectors::file::encoding::gzip);
            break;
        default:
            weir::fuzz::check_inflater(in, weir::connectors::file::encoding::zstd);
            break;
    }
    return 0;
}
