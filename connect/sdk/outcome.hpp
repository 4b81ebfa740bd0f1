// outcome: how a call of a connector ended, with the reason when it did not end well.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "connect/abi/plugin.h"

namespace weir::sdk {

inline std::string_view view(weir_text text) {
    return {text.data, text.data == nullptr ? 0 : static_cast<std::size_t>(text.size)};
}
inline weir_text text(std::string_view view) {
    return {view.data(), view.size()};
}

struct [[nodiscard]] outcome {
    weir_status status = WEIR_OK;
    std::string reason;

    bool is_ok() const { return status == WEIR_OK; }
};

inline outcome ok() {
    return {};
}
// May heal: the host makes the same call again after a backoff.
inline outcome retry(std::string reason) {
    return {WEIR_RETRY, std::move(reason)};
}
// Cannot heal: the task is FAILED, with this reason.
inline outcome fatal(std::string reason) {
    return {WEIR_FATAL, std::move(reason)};
}

namespace detail {

inline weir_status give(const outcome& from, weir_error* error) {
    if (error != nullptr) {
        const auto size = std::min(from.reason.size(), sizeof(error->text));
        std::memcpy(error->text, from.reason.data(), size);
        error->text_size = static_cast<uint32_t>(size);
    }
    return from.status;
}

// Runs `call`, which returns an outcome; what it throws is the end of the task.
template <class Call>
weir_status guarded(weir_error* error, const Call& call) noexcept {
    try {
        return give(call(), error);
    } catch (const std::exception& thrown) {
        try {
            return give(fatal(std::string("unexpected exception: ") + thrown.what()), error);
        } catch (...) {
            return WEIR_FATAL;
        }
    } catch (...) {
        return WEIR_FATAL;
    }
}

}  // namespace detail
}  // namespace weir::sdk
