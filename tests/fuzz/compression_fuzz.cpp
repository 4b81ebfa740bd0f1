// Each decompressor: output and memory stay within the bound; what was inflated is compressed and
// inflated again to the same. Input: codec, exponent of the bound, compressed bytes.
#include "broker/protocol/compression/codec.hpp"
#include "broker/protocol/record_batch.hpp"
#include "tests/fuzz/memory.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/golden/text_codes.hpp"

namespace weir::fuzz {
namespace {

namespace compression = broker::protocol::compression;

// What the libraries keep for a thread, made once: 128 KiB (zstd) and less, a gzip stream 50 KiB;
// lz4 two blocks of the frame, of at most 4 MiB each, and a window of 128 KiB.
constexpr std::size_t context_size(compression::codec codec) {
    constexpr std::size_t mib = 1024UL * 1024;
    return codec == compression::codec::lz4 ? 2 * 4 * mib + mib / 2 : mib / 2;
}

void try_inflate(compression::codec codec, base::bytes_view data, std::size_t bound) {
    base::bytes out;
    const memory_scope memory;
    const auto done = compression::inflate(codec, data, bound, out);
    // The old and the grown buffer are there at one time.
    require(memory.peak() <= bound * 2 + context_size(codec));
    require(out.size() <= bound + 1);
    if (!done) return;
    require(out.size() <= bound);
    const auto again = compression::deflate(codec, out);
    base::bytes twice;
    require(compression::inflate(codec, again, out.size(), twice).has_value());
    require(twice == out);
}

}  // namespace

std::vector<base::bytes> seeds() {
    std::vector<base::bytes> made;
    const auto add = [&made](compression::codec codec, base::bytes_view data) {
        made.push_back(output()
                           .put(static_cast<std::uint8_t>(codec))
                           .put(std::uint8_t{18})
                           .put_bytes(data)
                           .take());
    };
    for (const auto& each : golden::read_table("tests/golden/data/batches.tsv")) {
        const auto bytes = golden::from_hex(each.at("hex"));
        const auto batch = broker::protocol::batch_view::parse(bytes);
        if (batch) add(batch->codec(), batch->payload());
    }
    const std::string text(3000, 'x');
    for (int codec = 0; codec < compression::codec_count; ++codec) {
        const auto which = static_cast<compression::codec>(codec);
        add(which, compression::deflate(which, base::as_bytes(text)));
        add(which, compression::deflate(which, base::as_bytes("abc")));
    }
    add(compression::codec::snappy, base::as_bytes("\x03\x08"
                                                   "abc"));  // a raw block
    // Linked blocks of up to 4 MiB, one of three bytes as they are.
    constexpr std::string_view large_blocks(
        "\x04\x22\x4d\x18\x40\x70\xdf\x03\0\0\x80"
        "abc\0\0\0\0",
        18);
    add(compression::codec::lz4, base::as_bytes(large_blocks));
    return made;
}

}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    weir::fuzz::input in(data, size);
    const auto codec = static_cast<weir::broker::protocol::compression::codec>(in.take_uint8() % 6);
    const std::size_t bound = std::size_t{1} << (in.take_uint8() % 23);
    weir::fuzz::try_inflate(codec, in.take_rest(), bound);
    return 0;
}
