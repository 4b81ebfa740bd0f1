#include "transforms/smt/field_path.hpp"

namespace weir::transforms::smt {
namespace {

std::unexpected<std::string> incomplete(std::string_view path, std::size_t at) {
    return std::unexpected("Incomplete backtick pair in path: [" + std::string(path) +
                           "], consider adding a backslash before backtick at position " +
                           std::to_string(at) + " to escape it");
}

// A name that begins with a backtick at `at`, which moves beyond it and the dot that follows.
std::expected<std::string, std::string> quoted_name(std::string_view path, std::size_t& at) {
    const auto begin = at;
    std::string name;
    std::size_t copied = begin + 1;
    for (auto tick = path.find('`', copied);; tick = path.find('`', tick + 1)) {
        if (tick == std::string_view::npos) return incomplete(path, begin);
        const bool escaped = path[tick - 1] == '\\';
        const bool last = tick + 1 == path.size();
        if (last && escaped) return incomplete(path, begin);
        // A backtick inside of a name is a part of it.
        if (!last && path[tick + 1] != '.') continue;
        if (!escaped) {
            name += path.substr(copied, tick - copied);
            at = tick + (last ? 1 : 2);
            return name;
        }
        name.append(path.substr(copied, tick - 1 - copied)).append("`");
        copied = tick + 1;
    }
}

}  // namespace

std::expected<std::vector<std::string>, std::string> parse_field_path(std::string_view path) {
    std::vector<std::string> names;
    std::size_t at = 0;
    while (at < path.size()) {
        if (path[at] == '`') {
            auto name = quoted_name(path, at);
            if (!name) return std::unexpected(std::move(name.error()));
            names.push_back(std::move(*name));
            continue;
        }
        const auto dot = path.find('.', at);
        names.emplace_back(path.substr(at, dot - at));
        if (dot == std::string_view::npos) break;
        at = dot + 1;
    }
    // A dot at the end, or nothing at all, names the empty field.
    if (path.empty() || path.back() == '.') names.emplace_back();
    return names;
}

}  // namespace weir::transforms::smt
