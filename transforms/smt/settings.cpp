#include "transforms/smt/settings.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace weir::transforms::smt {
namespace {

bool is_space(char of) {
    return static_cast<unsigned char>(of) <= ' ';
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    return text;
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (auto& each : out)
        if (each >= 'A' && each <= 'Z') each = static_cast<char>(each - 'A' + 'a');
    return out;
}

std::vector<std::string> parts_of(std::string_view text) {
    std::vector<std::string> out;
    text = trimmed(text);
    if (text.empty()) return out;
    while (true) {
        const auto comma = text.find(',');
        out.emplace_back(trimmed(text.substr(0, comma)));
        if (comma == std::string_view::npos) return out;
        text.remove_prefix(comma + 1);
    }
}

std::optional<std::int32_t> parse_int(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    std::int32_t out = 0;
    const auto* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, out);
    if (error != std::errc() || at != end) return std::nullopt;
    return out;
}

std::string invalid(std::string_view name, std::string_view value, std::string_view why) {
    return std::string("Invalid value ")
        .append(value)
        .append(" for configuration ")
        .append(name)
        .append(": ")
        .append(why);
}

bool is_one_of(std::string_view value, std::string_view valid, bool any_case) {
    while (true) {
        const auto bar = valid.find('|');
        const auto each = valid.substr(0, bar);
        if (any_case ? lower(each) == lower(value) : each == value) return true;
        if (bar == std::string_view::npos) return false;
        valid.remove_prefix(bar + 1);
    }
}

// Levenshtein's distance.
std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    for (std::size_t at = 0; at < row.size(); ++at)
        row[at] = at;
    for (std::size_t line = 0; line < left.size(); ++line) {
        auto diagonal = row[0];
        row[0] = line + 1;
        for (std::size_t at = 0; at < right.size(); ++at) {
            const auto above = row[at + 1];
            const auto changed = diagonal + (left[line] == right[at] ? 0 : 1);
            row[at + 1] = std::min({above + 1, row[at] + 1, changed});
            diagonal = above;
        }
    }
    return row.back();
}

// Empty, or what is wrong with a list.
std::string wrong_with_list(const option& of, std::string_view value) {
    auto parts = parts_of(value);
    if (of.filled && parts.empty())
        return std::string("Configuration '")
            .append(of.name)
            .append("' must not be empty. Valid values include: any non-empty value");
    if (of.type == option_type::list && std::ranges::any_of(parts, &std::string::empty))
        return std::string("Configuration '").append(of.name).append("' values must not be empty.");
    return {};
}

}  // namespace

std::string suggestion(std::string_view wrong, std::span<const std::string_view> names) {
    std::string_view nearest;
    auto best = std::max<std::size_t>(2, wrong.size() / 3) + 1;
    for (const auto& each : names) {
        const auto away = distance(lower(wrong), lower(each));
        if (away >= best) continue;
        best = away;
        nearest = each;
    }
    if (nearest.empty()) return {};
    return std::string("; did you mean ").append(nearest).append("?");
}

settings::settings(const written_options& written, std::span<const option> table,
                   findings& problems) {
    std::vector<std::string_view> names;
    for (const auto& each : table)
        names.push_back(each.name);
    for (const auto& [name, value] : written) {
        if (std::ranges::find(names, std::string_view(name)) == names.end())
            problems.push_back({name, "unknown option" + suggestion(name, names)});
    }
    for (const auto& each : table) {
        const auto found =
            std::ranges::find(written, each.name, &written_options::value_type::first);
        if (found != written.end()) {
            check(each, std::string(trimmed(found->second)), problems);
        } else if (each.required) {
            problems.push_back(
                {std::string(each.name), std::string("Missing required configuration \"")
                                             .append(each.name)
                                             .append("\" which has no default value.")});
        } else if (each.initial.data() != nullptr) {
            values_.emplace_back(each.name, each.initial);
        }
    }
}

void settings::check(const option& of, const std::string& value, findings& problems) {
    std::string wrong;
    if (of.type == option_type::boolean && lower(value) != "true" && lower(value) != "false") {
        wrong = invalid(of.name, value, "Expected value to be either true or false");
    } else if (of.type == option_type::integer && !parse_int(value)) {
        wrong = invalid(of.name, value, "Not a number of type INT");
    } else if (of.type == option_type::list || of.type == option_type::raw_list) {
        wrong = wrong_with_list(of, value);
    } else if (of.filled && value.empty()) {
        wrong = invalid(of.name, value, "String must be non-empty");
    } else if (!of.valid.empty() && !is_one_of(value, of.valid, of.any_case)) {
        std::string choices(of.valid);
        for (auto at = choices.find('|'); at != std::string::npos; at = choices.find('|', at))
            choices.replace(at, 1, ", ");
        wrong = invalid(of.name, value,
                        (of.any_case ? "String must be one of (case insensitive): "
                                     : "String must be one of: ") +
                            choices);
    }
    if (wrong.empty()) {
        values_.emplace_back(of.name, value);
    } else {
        problems.push_back({std::string(of.name), std::move(wrong)});
    }
}

std::optional<std::string> settings::text(std::string_view name) const {
    const auto found =
        std::ranges::find(values_, name, &std::pair<std::string_view, std::string>::first);
    if (found == values_.end()) return std::nullopt;
    return found->second;
}

bool settings::boolean(std::string_view name) const {
    return lower(text_or_empty(name)) == "true";
}

std::optional<std::int32_t> settings::integer(std::string_view name) const {
    return parse_int(text_or_empty(name));
}

std::vector<std::string> settings::list(std::string_view name) const {
    return parts_of(text_or_empty(name));
}

std::vector<std::string> settings::names(std::string_view name) const {
    std::vector<std::string> out;
    for (auto& each : list(name))
        if (std::ranges::find(out, each) == out.end()) out.push_back(std::move(each));
    return out;
}

}  // namespace weir::transforms::smt
