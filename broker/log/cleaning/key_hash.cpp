// Gateway to libsodium.
#include "broker/log/cleaning/key_hash.hpp"

#include <sodium.h>

#include "base/endian.hpp"

namespace weir::broker::log::cleaning {

key_hasher::key_hasher() : secret_{} {
    static_assert(sizeof secret_ == crypto_shorthash_siphashx24_KEYBYTES);
    randombytes_buf(secret_.data(), secret_.size());
}

key_hash key_hasher::operator()(base::bytes_view key) const {
    std::array<std::byte, crypto_shorthash_siphashx24_BYTES> made;
    crypto_shorthash_siphashx24(reinterpret_cast<unsigned char*>(made.data()),
                                reinterpret_cast<const unsigned char*>(key.data()), key.size(),
                                secret_.data());
    return {.high = base::load_be<std::uint64_t>(made.data()),
            .low = base::load_be<std::uint64_t>(made.data() + 8)};
}

}  // namespace weir::broker::log::cleaning
