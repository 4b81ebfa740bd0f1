#include "broker/api/services.hpp"

#include <fmt/format.h>

namespace weir::broker::api {

std::string services::fresh_uuid_text() {
    const auto high = random.next();
    const auto id = base::uuid::from_random(high, random.next());
    return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", id.high >> 32,
                       (id.high >> 16) & 0xffff, id.high & 0xffff, id.low >> 48,
                       id.low & 0xffffffffffff);
}

std::string services::fresh_id_text() {
    std::string text;
    do {
        const auto high = random.next();
        text = base::uuid::from_random(high, random.next()).to_text();
    } while (text.front() == '-');
    return text;
}

}  // namespace weir::broker::api
