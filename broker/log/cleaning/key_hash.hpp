// key_hash: 128 bits that stand for a key. SipHash under a random secret: two keys that are taken
// for one would lose a record, so nobody may be able to find such keys. Pure but for the secret.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"

namespace weir::broker::log::cleaning {

struct key_hash {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    bool operator==(const key_hash&) const = default;
};

class key_hasher {
  public:
    key_hasher();  // with a secret of its own
    key_hash operator()(base::bytes_view key) const;

  private:
    std::array<unsigned char, 16> secret_;
};

}  // namespace weir::broker::log::cleaning
