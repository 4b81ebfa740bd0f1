// A target with a fault that only a mutated input shows: the driver must find it (ctest looks for
// its report). The input is a list of pieces with their lengths; the length of the last is
// believed.
#include "tests/fuzz/target.hpp"

namespace weir::fuzz {

std::vector<base::bytes> seeds() {
    return {output().put_piece(base::as_bytes("one")).put_piece(base::as_bytes("two")).take()};
}

}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::size_t at = 0;
    while (at + 2 <= size) {
        const std::size_t length = static_cast<std::size_t>(data[at]) << 8 | data[at + 1];
        require(at + 2 + length <= size);
        at += 2 + length;
    }
    return 0;
}
