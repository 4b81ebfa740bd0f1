// Expected outcomes are values. A module defines `enum class errc` and uses result<T, errc>, or
// error_code below where the error is one that Kafka's clients know.
#pragma once

#include <expected>

namespace weir::base {

template <class T, class E>
using result = std::expected<T, E>;

}  // namespace weir::base
