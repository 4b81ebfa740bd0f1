#include "connectors/http/url.hpp"

#include <algorithm>
#include <utility>

namespace weir::connectors::http {

namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";

bool is_unreserved(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '-' || letter == '.' || letter == '_' ||
           letter == '~';
}

int hex_value(char letter) {
    if (letter >= '0' && letter <= '9') return letter - '0';
    if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
    if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
    return -1;
}

// What may stand in a request line: no space, no control character.
bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](char letter) {
        const auto code = static_cast<unsigned char>(letter);
        return code > 0x20 && code != 0x7f;
    });
}

bool is_port(std::string_view text) {
    if (text.empty() || text.size() > 5) return false;
    int number = 0;
    for (const char letter : text) {
        if (letter < '0' || letter > '9') return false;
        number = number * 10 + (letter - '0');
    }
    return number > 0 && number <= 65535;
}

bool is_host(std::string_view text) {
    if (text.empty() || text.size() > 255) return false;
    return std::ranges::all_of(
        text, [](char letter) { return is_unreserved(letter) || letter == ':' || letter == '%'; });
}

// "host:port", "[address]:port"; the user info is gone already.
std::expected<void, std::string> parse_authority(std::string_view text, url& into) {
    std::string_view port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return std::unexpected("no ] after the address");
        into.host = std::string(text.substr(1, end - 1));
        port = text.substr(end + 1);
        if (!port.empty() && !port.starts_with(':'))
            return std::unexpected("nothing but a port may follow the address");
        if (!port.empty()) port.remove_prefix(1);
    } else {
        const auto colon = text.find(':');
        into.host = std::string(text.substr(0, colon));
        if (colon != std::string_view::npos) port = text.substr(colon + 1);
    }
    if (!is_host(into.host)) return std::unexpected("the host is missing or no name");
    if (!port.empty() && !is_port(port)) return std::unexpected("the port is not in 1..65535");
    into.port = port.empty() ? (into.tls ? "443" : "80") : std::string(port);
    return {};
}

bool is_default_port(const url& of) {
    return of.port == (of.tls ? "443" : "80");
}

}  // namespace

std::string url::authority() const {
    const bool is_address = host.find(':') != std::string::npos;
    auto out = is_address ? "[" + host + "]" : host;
    if (!is_default_port(*this)) out += ":" + port;
    return out;
}

std::string url::origin() const {
    return (tls ? "https://" : "http://") + authority();
}

std::string url::shown() const {
    return origin() + target.substr(0, target.find('?'));
}

std::expected<url, std::string> parse_url(std::string_view text) {
    if (text.size() > url_bytes_max) return std::unexpected("is longer than 16 KiB");
    if (!is_printable(text)) return std::unexpected("has a space or a control character in it");
    url out;
    if (text.starts_with("https://")) {
        out.tls = true;
        text.remove_prefix(8);
    } else if (text.starts_with("http://")) {
        text.remove_prefix(7);
    } else {
        return std::unexpected("begins neither with http:// nor with https://");
    }
    text = text.substr(0, text.find('#'));
    const auto path = text.find_first_of("/?");
    auto authority = text.substr(0, path);
    const auto rest = path == std::string_view::npos ? std::string_view{} : text.substr(path);
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        const auto info = authority.substr(0, at);
        const auto colon = info.find(':');
        out.user = percent_decode(info.substr(0, colon));
        if (colon != std::string_view::npos) out.password = percent_decode(info.substr(colon + 1));
        authority.remove_prefix(at + 1);
    }
    const auto parsed = parse_authority(authority, out);
    if (!parsed) return std::unexpected(parsed.error());
    out.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
    return out;
}

std::expected<url, std::string> redirected(const url& from, std::string_view location) {
    url to = from;
    if (location.starts_with("//")) {
        const auto absolute = (from.tls ? "https:" : "http:") + std::string(location);
        auto parsed = parse_url(absolute);
        if (!parsed) return std::unexpected("the location " + parsed.error());
        to = std::move(*parsed);
    } else if (location.starts_with('/')) {
        const auto absolute = from.origin() + std::string(location);
        auto parsed = parse_url(absolute);
        if (!parsed) return std::unexpected("the location " + parsed.error());
        to.target = std::move(parsed->target);
    } else {
        auto parsed = parse_url(location);
        if (!parsed) return std::unexpected("the location " + parsed.error());
        to = std::move(*parsed);
    }
    if (to.host != from.host) return std::unexpected("the redirect leads to another host");
    if (from.tls && !to.tls) return std::unexpected("the redirect leads from https to http");
    const bool is_upgrade = to.tls && !from.tls;
    if (to.port != from.port && !is_upgrade)
        return std::unexpected("the redirect leads to another port");
    to.user = from.user;
    to.password = from.password;
    return to;
}

void percent_encode(std::string_view text, std::string& into) {
    for (const char letter : text) {
        if (is_unreserved(letter)) {
            into += letter;
        } else {
            const auto code = static_cast<unsigned char>(letter);
            into += '%';
            into += hex_digits[code >> 4];
            into += hex_digits[code & 15];
        }
    }
}

std::string percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const int high = text[at] == '%' && at + 2 < text.size() ? hex_value(text[at + 1]) : -1;
        const int low = high >= 0 ? hex_value(text[at + 2]) : -1;
        if (low < 0) {
            out += text[at];
        } else {
            out += static_cast<char>(high * 16 + low);
            at += 2;
        }
    }
    return out;
}

bool has_dot_segment(std::string_view target) {
    auto path = target.substr(0, target.find('?'));
    while (!path.empty()) {
        const auto slash = path.find('/');
        const auto segment = path.substr(0, slash);
        if (segment.size() <= 6 && !segment.empty()) {
            const auto plain = percent_decode(segment);
            if (plain == "." || plain == "..") return true;
        }
        if (slash == std::string_view::npos) break;
        path.remove_prefix(slash + 1);
    }
    return false;
}

}  // namespace weir::connectors::http
