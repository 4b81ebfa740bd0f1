// The target of an HTTP request, from whoever connects: its parts are within bounds, and written
// out again they are read the same. Input: the text.
#include <string>

#include "connect/http/router.hpp"
#include "connect/http/target.hpp"
#include "tests/fuzz/target.hpp"

namespace weir::fuzz {
namespace {

using namespace connect::http;

std::string encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const char each : text) {
        const auto code = static_cast<unsigned char>(each);
        out += '%';
        out += digits[code >> 4];
        out += digits[code & 15];
    }
    return out;
}

void check(const target& parsed) {
    require(parsed.path.starts_with('/') && parsed.path.size() <= target_size_max);
    require(parsed.segments.size() <= segments_max && parsed.query.size() <= query_pairs_max);
    std::string again;
    for (const auto& each : parsed.segments)
        again += "/" + encoded(each);
    if (again.empty() || parsed.segments.back().empty()) again += '/';
    std::string_view mark = "?";
    for (const auto& [name, value] : parsed.query) {
        again += std::string(mark) + encoded(name) + "=" + encoded(value);
        mark = "&";
    }
    if (again.size() > target_size_max) return;
    const auto back = parse_target(again);
    require(back && back->segments == parsed.segments && back->query == parsed.query);
}

const router& table() {
    static const router routes(
        {{"GET", "/", [](const request&) { return response{}; }},
         {"GET", "/connectors/{connector}/tasks/{task}/status", [](const request& asked) {
              require(asked.parameters.size() == 2);
              require(!asked.parameters[0].empty() && !asked.parameters[1].empty());
              return response{};
          }}});
    return routes;
}

}  // namespace

std::vector<base::bytes> seeds() {
    std::vector<base::bytes> made;
    for (const auto* each :
         {"/", "/connectors?expand=status&expand=info", "/connectors/a%20b/tasks/0/status",
          "http://127.0.0.1:8083/health?x#y", "/a//b/?=&&c=+%2B", "/%41%zz"})
        made.push_back(base::to_bytes(std::string_view(each)));
    return made;
}

}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    fuzz::input in(data, size);
    const auto text = in.take_rest();
    const auto parsed = connect::http::parse_target(base::as_text(text));
    if (!parsed) return 0;
    fuzz::check(*parsed);
    connect::http::request asked{
        .method = "GET", .segments = parsed->segments, .query = parsed->query};
    const auto answer = fuzz::table().answer(asked);
    require(answer.status == 200 || answer.status == 404);
    return 0;
}
