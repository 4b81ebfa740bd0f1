#include "connect/http/target.hpp"

namespace weir::connect::http {
namespace {

int digit_of(char letter) {
    if (letter >= '0' && letter <= '9') return letter - '0';
    if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
    if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
    return -1;
}

// Cuts `text` up to `mark` off its front; all of it when there is none.
std::string_view take_until(std::string_view& text, char mark) {
    const auto at = text.find(mark);
    const auto front = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    return front;
}

bool parse_query(std::string_view text, text_pairs& into) {
    while (!text.empty()) {
        auto value = take_until(text, '&');
        if (value.empty()) continue;
        const auto name = take_until(value, '=');
        auto decoded_name = percent_decoded(name, plus_is::blank);
        auto decoded_value = percent_decoded(value, plus_is::blank);
        if (!decoded_name || !decoded_value || into.size() == query_pairs_max) return false;
        into.emplace_back(std::move(*decoded_name), std::move(*decoded_value));
    }
    return true;
}

bool parse_path(std::string_view text, std::vector<std::string>& into) {
    if (!text.starts_with('/')) return false;
    text.remove_prefix(1);
    while (!text.empty()) {
        auto decoded = percent_decoded(take_until(text, '/'), plus_is::plus);
        if (!decoded || into.size() == segments_max) return false;
        into.push_back(std::move(*decoded));
    }
    return true;
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text, plus_is plus) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '+' && plus == plus_is::blank) {
            out += ' ';
        } else if (text[at] != '%') {
            out += text[at];
        } else {
            if (text.size() - at < 3) return std::nullopt;
            const int high = digit_of(text[at + 1]);
            const int low = digit_of(text[at + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            out += static_cast<char>(high * 16 + low);
            at += 2;
        }
    }
    return out;
}

std::optional<target> parse_target(std::string_view text) {
    if (text.size() > target_size_max) return std::nullopt;
    if (text.starts_with("http://")) {
        const auto slash = text.find('/', std::string_view("http://").size());
        text = slash == std::string_view::npos ? std::string_view("/") : text.substr(slash);
    }
    text = text.substr(0, text.find('#'));
    const auto path = take_until(text, '?');
    target out{.path = std::string(path), .segments = {}, .query = {}};
    if (!parse_path(path, out.segments) || !parse_query(text, out.query)) return std::nullopt;
    return out;
}

}  // namespace weir::connect::http
