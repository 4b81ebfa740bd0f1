#include "config/substitution.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::config {
namespace {

bool is_variable_name(std::string_view name) {
    const auto fits = [](char each) {
        return (each >= 'A' && each <= 'Z') || (each >= '0' && each <= '9') || each == '_';
    };
    return !name.empty() && std::ranges::all_of(name, fits);
}

std::expected<std::string, std::string> variable(std::string_view written,
                                                 const substitution_sources& from) {
    const auto dash = written.find(":-");
    const std::string name(written.substr(0, dash));
    auto found = from.environment ? from.environment(name) : std::nullopt;
    if (dash != std::string_view::npos) {
        if (found && !found->empty()) return std::move(*found);
        return std::string(written.substr(dash + 2));
    }
    if (found) return std::move(*found);
    return std::unexpected(fmt::format(
        "the environment has no {0}; set it, or write a default: ${{env:{0}:-...}}", name));
}

std::expected<std::string, std::string> file(std::string_view path,
                                             const substitution_sources& from) {
    if (!from.file) return std::unexpected("files cannot be read here");
    auto content = from.file(std::string(path));
    if (!content) {
        return std::unexpected(fmt::format("{}: {}; the path is relative to the pipeline file",
                                           path, content.error()));
    }
    if (content->ends_with('\n')) content->pop_back();
    if (content->ends_with('\r')) content->pop_back();
    return content;
}

}  // namespace

std::expected<substituted, std::string> substitute(std::string_view written,
                                                   const substitution_sources& from) {
    substituted out;
    while (true) {
        const auto at = written.find("${");
        if (at == std::string_view::npos) break;
        if (at > 0 && written[at - 1] == '$') {
            out.text += written.substr(0, at - 1);
            out.text += "${";
            written.remove_prefix(at + 2);
            continue;
        }
        out.text += written.substr(0, at);
        const auto end = written.find('}', at);
        if (end == std::string_view::npos) {
            return std::unexpected("${ without }; write $${ for the characters themselves");
        }
        const auto inside = written.substr(at + 2, end - at - 2);
        const auto colon = inside.find(':');
        if (colon == std::string_view::npos) {
            if (is_variable_name(inside)) {
                return std::unexpected(fmt::format(
                    "${{{0}}}: write ${{env:{0}}} for the variable, $${{{0}}} for the text",
                    inside));
            }
            out.text += written.substr(at, end + 1 - at);
        } else {
            const auto provider = inside.substr(0, colon);
            const auto rest = inside.substr(colon + 1);
            auto value = provider == "env" ? variable(rest, from)
                         : provider == "file"
                             ? file(rest, from)
                             : std::unexpected(fmt::format("${{{}:...}} is not known; there are "
                                                           "${{env:NAME}} and ${{file:path}}",
                                                           provider));
            if (!value) return std::unexpected(std::move(value.error()));
            out.text += *value;
            out.secrets.push_back(std::move(*value));
        }
        written.remove_prefix(end + 1);
    }
    out.text += written;
    return out;
}

void substitute_all(document_value& value, const std::string& key, const substitution_sources& from,
                    std::vector<problem>& errors) {
    for (auto& each : value.items)
        substitute_all(each, key, from, errors);
    for (auto& each : value.entries) {
        substitute_all(each.value, key.empty() ? each.key : key + "." + each.key, from, errors);
    }
    if (value.kind != value_kind::text || value.text.find("${") == std::string::npos) return;
    value.written = value.text;
    auto made = substitute(value.written, from);
    if (!made) {
        errors.push_back({.place = value.place, .key = key, .reason = std::move(made.error())});
        return;
    }
    value.text = std::move(made->text);
    value.secrets = std::move(made->secrets);
}

std::vector<std::string> hidden_texts(std::vector<std::string> secrets) {
    constexpr std::size_t shortest = 3;
    std::erase_if(secrets, [](const auto& each) { return each.size() < shortest; });
    std::ranges::sort(secrets, [](const auto& left, const auto& right) {
        return left.size() != right.size() ? left.size() > right.size() : left < right;
    });
    const auto same = std::ranges::unique(secrets);
    secrets.erase(same.begin(), same.end());
    return secrets;
}

std::string without_secrets(std::string text, const std::vector<std::string>& secrets) {
    for (const auto& each : hidden_texts(secrets)) {
        for (auto at = text.find(each); at != std::string::npos; at = text.find(each, at + 4)) {
            text.replace(at, each.size(), "****");
        }
    }
    return text;
}

}  // namespace weir::config
