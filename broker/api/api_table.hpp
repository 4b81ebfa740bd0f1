// The table of served APIs (api_table.tbl), for ApiVersions and the dispatcher.
#pragma once

#include <cstdint>
#include <span>

#include "broker/protocol/messages/api_keys.hpp"

namespace weir::broker::api {

struct served_api {
    protocol::api_key key;
    std::int16_t advertised_min;
    std::int16_t min;
    std::int16_t max;
};

inline std::span<const served_api> served_apis() {
    static constexpr served_api apis[] = {
#define X(name, key, advertised_min, min, max) \
    {static_cast<protocol::api_key>(key), advertised_min, min, max},
#include "broker/api/api_table.tbl"
#undef X
    };
    return apis;
}

}  // namespace weir::broker::api
