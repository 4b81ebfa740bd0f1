// Linked to each target in a libFuzzer build: with WEIR_FUZZ_SEEDS=DIRECTORY the target writes its
// seeds there and ends (tests/fuzz.sh), otherwise nothing happens.
#include <cstdlib>
#include <fstream>

#include "tests/fuzz/target.hpp"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    const char* directory = std::getenv("WEIR_FUZZ_SEEDS");
    if (directory == nullptr) return 0;
    std::size_t number = 0;
    for (const auto& each : weir::fuzz::seeds()) {
        std::ofstream out(std::string(directory) + "/seed-" + std::to_string(number++),
                          std::ios::binary);
        out << weir::base::as_text(each);
    }
    std::exit(0);
}
