// router: a table of routes, and which of them answers a request. Pure but for the handlers.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "connect/http/message.hpp"

namespace weir::connect::http {

using handler = std::function<response(const request&)>;

// `pattern` has {names} for segments that may be anything but empty:
// "/connectors/{connector}/status". A route of GET answers HEAD too.
struct route {
    std::string_view method;
    std::string_view pattern;
    handler answer;
};

class router {
  public:
    router() = default;
    explicit router(const std::vector<route>& routes);

    // The answer to `asked`, whose `parameters` are filled in: that of the first route that fits;
    // 404 when no pattern does, 405 with an Allow header when only the method is another one, 500
    // when the handler throws.
    response answer(request& asked) const;

  private:
    struct compiled {
        std::string method;
        std::vector<std::string> segments;  // empty: anything
        handler answer;
    };
    static bool fits(const compiled& route, request& asked);

    std::vector<compiled> routes_;
};

}  // namespace weir::connect::http
