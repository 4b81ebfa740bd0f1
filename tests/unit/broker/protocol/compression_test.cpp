// Goal: every codec gives back what went in, takes what clients send, and never more than its
// bound. Method: own deflated bytes, joined, cut and garnished; frames of zstd with its largest
// windows.
#include <gtest/gtest.h>
#include <zstd.h>

#include "base/prng.hpp"
#include "broker/protocol/compression/codec.hpp"

namespace weir::test {
namespace {

using namespace broker::protocol::compression;

constexpr codec all[] = {codec::gzip, codec::snappy, codec::lz4, codec::zstd};
constexpr std::size_t bound = 32UL << 20;

base::bytes sample(std::size_t size) {
    base::prng random(7);
    base::bytes data(size);
    for (auto& each : data)
        each = static_cast<std::byte>(random.below(7));
    return data;
}

base::bytes joined(base::bytes first, base::bytes_view second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

// As the clients of Java write it: a stream whose length is not known at its beginning.
base::bytes zstd_stream(base::bytes_view data, int level) {
    const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                       ZSTD_freeCCtx);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
    base::bytes out(ZSTD_compressBound(data.size()) + 64);
    ZSTD_inBuffer in{.src = data.data(), .size = data.size(), .pos = 0};
    ZSTD_outBuffer to{.dst = out.data(), .size = out.size(), .pos = 0};
    EXPECT_EQ(ZSTD_isError(ZSTD_compressStream2(context.get(), &to, &in, ZSTD_e_continue)), 0U);
    EXPECT_EQ(ZSTD_compressStream2(context.get(), &to, &in, ZSTD_e_end), 0U);
    out.resize(to.pos);
    return out;
}

TEST(compression, gives_back_what_went_in) {
    base::bytes out;
    for (const auto each : all) {
        for (const std::size_t size : {1UL, 100UL, 70'000UL, 3'000'000UL}) {
            const auto data = sample(size);
            ASSERT_TRUE(inflate(each, deflate(each, data), bound, out)) << codec_name(each);
            EXPECT_EQ(out, data);
        }
    }
}

TEST(compression, never_gives_more_than_its_bound) {
    base::bytes out;
    const base::bytes zeros(1'000'000);
    for (const auto each : all) {
        const auto squeezed = deflate(each, zeros);
        EXPECT_TRUE(inflate(each, squeezed, zeros.size(), out)) << codec_name(each);
        const auto refused = inflate(each, squeezed, zeros.size() - 1, out);
        ASSERT_FALSE(refused) << codec_name(each);
        EXPECT_EQ(refused.error(), inflate_errc::too_large) << codec_name(each);
    }
}

TEST(compression, damage_and_more_bytes_behind_the_data_are_refused) {
    base::bytes out;
    const auto data = sample(10'000);
    for (const auto each : all) {
        const auto good = deflate(each, data);
        const base::bytes garbage = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4},
                                     std::byte{5}};
        EXPECT_FALSE(inflate(each, joined(good, garbage), bound, out)) << codec_name(each);
        EXPECT_FALSE(inflate(each, base::bytes_view(good).first(good.size() / 2), bound, out));
        EXPECT_FALSE(inflate(each, {}, bound, out)) << codec_name(each);
        // The thread's state is good for the next one.
        EXPECT_TRUE(inflate(each, good, bound, out)) << codec_name(each);
    }
}

TEST(compression, members_of_gzip_and_frames_of_zstd_follow_each_other) {
    base::bytes out;
    const auto data = sample(1000);
    for (const auto each : {codec::gzip, codec::zstd}) {
        const auto good = deflate(each, data);
        ASSERT_TRUE(inflate(each, joined(good, good), bound, out)) << codec_name(each);
        EXPECT_EQ(out, joined(data, data));
        EXPECT_EQ(inflate(each, joined(good, good), 1999, out).error(), inflate_errc::too_large);
    }
    const auto frame = deflate(codec::lz4, data);
    EXPECT_FALSE(inflate(codec::lz4, joined(frame, frame), bound, out));
}

TEST(compression, gzip_is_gzip_and_not_zlib) {
    constexpr unsigned char zlib_of_a[] = {0x78, 0x9c, 0x4b, 0x04, 0x00, 0x00, 0x62, 0x00, 0x62};
    base::bytes out;
    EXPECT_FALSE(inflate(codec::gzip, std::as_bytes(std::span(zlib_of_a)), bound, out));
}

TEST(compression, zstd_takes_the_largest_windows_and_keeps_within_its_bound) {
    base::bytes out;
    const auto data = sample(300'000);
    for (const int level : {19, 20, 22}) {
        const auto squeezed = zstd_stream(data, level);
        ASSERT_TRUE(inflate(codec::zstd, squeezed, bound, out)) << level;
        EXPECT_EQ(out, data);
        EXPECT_LE(out.capacity(), bound);
    }
}

}  // namespace
}  // namespace weir::test
