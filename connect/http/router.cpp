#include "connect/http/router.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "base/utf8.hpp"
#include "connect/http/target.hpp"

namespace weir::connect::http {
namespace {

void add_json_string(std::string& out, std::string_view text) {
    out += '"';
    for (const char each : base::to_valid_utf8(text)) {
        if (each == '"' || each == '\\') {
            out += '\\';
            out += each;
        } else if (static_cast<unsigned char>(each) < 0x20) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(each));
        } else {
            out += each;
        }
    }
    out += '"';
}

}  // namespace

bool request::asks(std::string_view name, std::string_view value) const {
    return std::ranges::any_of(
        query, [&](const auto& each) { return each.first == name && each.second == value; });
}

std::optional<std::string_view> request::header(std::string_view name) const {
    const auto found =
        std::ranges::find(headers, name, [](const auto& each) { return each.first; });
    if (found == headers.end()) return std::nullopt;
    return found->second;
}

response error_response(int status, std::string_view message) {
    response out{.status = status, .body = fmt::format(R"({{"error_code":{},"message":)", status)};
    add_json_string(out.body, message);
    out.body += '}';
    return out;
}

router::router(const std::vector<route>& routes) {
    for (const auto& each : routes) {
        compiled made{.method = std::string(each.method), .segments = {}, .answer = each.answer};
        if (const auto parsed = parse_target(each.pattern)) made.segments = parsed->segments;
        for (auto& segment : made.segments) {
            if (segment.starts_with('{')) segment.clear();
        }
        routes_.push_back(std::move(made));
    }
}

bool router::fits(const compiled& route, request& asked) {
    if (route.segments.size() != asked.segments.size()) return false;
    asked.parameters.clear();
    for (std::size_t index = 0; index < route.segments.size(); ++index) {
        const auto& wanted = route.segments[index];
        const auto& given = asked.segments[index];
        if (wanted.empty() ? given.empty() : wanted != given) return false;
        if (wanted.empty()) asked.parameters.push_back(given);
    }
    return true;
}

response router::answer(request& asked) const {
    std::string allowed;
    for (const auto& each : routes_) {
        if (!fits(each, asked)) continue;
        if (each.method == asked.method) {
            try {
                return each.answer(asked);
            } catch (const std::exception& error) {
                return error_response(500, error.what());
            }
        }
        if (allowed.find(each.method) != std::string::npos) continue;
        if (!allowed.empty()) allowed += ", ";
        allowed += each.method;
        if (each.method == "GET") allowed += ", HEAD";
    }
    if (allowed.empty()) return error_response(404, "HTTP 404 Not Found");
    auto out = error_response(405, "HTTP 405 Method Not Allowed");
    out.headers.emplace_back("Allow", allowed);
    return out;
}

}  // namespace weir::connect::http
