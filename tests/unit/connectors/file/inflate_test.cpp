// Goal: compressed files are decoded member by member, in whatever pieces; damage is an outcome.
// Method: what zlib and libzstd make, fed in random pieces.
#include "connectors/file/source/inflate.hpp"

#include <gtest/gtest.h>

#include "base/prng.hpp"
#include "tests/unit/connectors/file/source_rig.hpp"

namespace weir::connectors::file {
namespace {

struct decoded {
    std::string text;
    bool damaged = false;
    bool between = false;
};

decoded decode(encoding as, const std::string& bytes, base::prng& random) {
    const auto decoder = make_inflater(as);
    decoded out;
    char room[100];
    std::size_t at = 0;
    while (!out.damaged) {
        const auto piece = bytes.substr(at, 1 + random.below(50));
        const auto step = decoder->run(piece, room, 1 + random.below(sizeof room));
        out.text.append(room, step.made);
        out.damaged = step.damaged;
        out.between = step.between;
        at += step.taken;
        if (at >= bytes.size() && step.made == 0) break;
    }
    return out;
}

TEST(file_inflater, reads_several_members_in_pieces) {
    base::prng random(5);
    const std::string text(10'000, 'a');
    for (int round = 0; round < 50; ++round) {
        const auto gzip = test::gzipped(text) + test::gzipped("b") + std::string(20, '\0');
        const auto one = decode(encoding::gzip, gzip, random);
        EXPECT_EQ(one.text, text + "b");
        EXPECT_TRUE(one.between);
        const auto zstd = test::zstd_made(text) + test::zstd_made("b");
        const auto two = decode(encoding::zstd, zstd, random);
        EXPECT_EQ(two.text, text + "b");
        EXPECT_TRUE(two.between);
        EXPECT_FALSE(decode(encoding::gzip, gzip.substr(0, 20), random).between);
    }
}

TEST(file_inflater, says_when_bytes_are_damaged) {
    base::prng random(6);
    EXPECT_TRUE(decode(encoding::gzip, "this is no gzip", random).damaged);
    EXPECT_TRUE(decode(encoding::zstd, "this is no zstd", random).damaged);
    EXPECT_TRUE(decode(encoding::gzip, test::gzipped("a") + "text", random).damaged);
}

TEST(file_inflater, encodings_are_known_by_their_first_bytes) {
    EXPECT_EQ(encoding_of(test::gzipped("")), encoding::gzip);
    EXPECT_EQ(encoding_of(test::zstd_made("")), encoding::zstd);
    EXPECT_EQ(encoding_of("plain"), encoding::plain);
    EXPECT_EQ(encoding_of(""), encoding::plain);
}

}  // namespace
}  // namespace weir::connectors::file
