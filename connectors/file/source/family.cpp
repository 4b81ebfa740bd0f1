#include "connectors/file/source/family.hpp"

#include <algorithm>

#include "connectors/file/source/glob.hpp"

namespace weir::connectors::file {
namespace {

void replace(std::string& in, std::string_view what, std::string_view with) {
    for (auto at = in.find(what); at != in.npos; at = in.find(what, at + with.size()))
        in.replace(at, what.size(), with);
}

// `literal` as a pattern that matches only itself.
std::string escaped(std::string_view literal) {
    std::string out;
    for (const char each : literal) {
        if (std::string_view("*?[\\").find(each) != std::string_view::npos) out += '\\';
        out += each;
    }
    return out;
}

std::string_view extension_of(std::string_view name) {
    const auto dot = name.rfind('.');
    return dot == name.npos || dot == 0 ? std::string_view() : name.substr(dot);
}

// The pattern for the generations of the log with this name.
std::string filled(std::string pattern, std::string_view name) {
    const auto extension = extension_of(name);
    replace(pattern, "{name}", escaped(name));
    replace(pattern, "{stem}", escaped(name.substr(0, name.size() - extension.size())));
    replace(pattern, "{ext}", escaped(extension));
    return pattern;
}

// What stands for {dir} when `directory` is made by `pattern`; nothing when it is not.
std::optional<std::string> stripped(std::string_view pattern, std::string_view directory) {
    constexpr std::string_view mark = "{dir}";
    if (!pattern.starts_with(mark)) return std::nullopt;
    const auto rest = pattern.substr(mark.size());
    if (rest.empty()) return std::string(directory);
    if (directory == rest.substr(1)) return ".";
    if (!directory.ends_with(rest)) return std::nullopt;
    const auto before = directory.substr(0, directory.size() - rest.size());
    return before.empty() ? "/" : std::string(before);
}

// The names that a log may have if a generation of it is called `name`, shortest first.
std::vector<std::string> names_of(std::string_view pattern, std::string_view name) {
    std::vector<std::string> out;
    const bool by_stem = pattern.find("{stem}") != pattern.npos;
    for (std::size_t cut = 1; cut < name.size(); ++cut) {
        const auto head = name.substr(0, cut);
        if (!by_stem) {
            out.emplace_back(head);
            continue;
        }
        // The extension comes again somewhere behind.
        for (auto dot = name.find('.', cut); dot != name.npos; dot = name.find('.', dot + 1)) {
            const auto end = std::min(name.find('.', dot + 1), name.size());
            out.push_back(std::string(head).append(name.substr(dot, end - dot)));
        }
    }
    return out;
}

}  // namespace

void log_index::add(const std::string& path) {
    if (paths_.insert(path).second) by_name_.emplace(std::string(name_of(path)), path);
}

std::vector<std::string> log_index::with_name(std::string_view name) const {
    std::vector<std::string> out;
    const auto [begin, end] = by_name_.equal_range(std::string(name));
    for (auto at = begin; at != end; ++at)
        out.push_back(at->second);
    std::ranges::sort(out);
    return out;
}

rotation_rules::rotation_rules(const std::vector<std::string>& patterns) {
    for (auto pattern : patterns) {
        replace(pattern, "{path}", "{dir}/{name}");
        if (pattern.find('/') == pattern.npos) pattern = "{dir}/" + pattern;
        rules_.push_back({tidy_path(directory_of(pattern)), std::string(name_of(pattern))});
    }
}

std::string rotation_rules::problem_of(std::string_view pattern) {
    const auto name = name_of(pattern);
    const bool named = pattern.find("{path}") != pattern.npos || name.find("{name}") != name.npos ||
                       name.find("{stem}") != name.npos;
    if (!named) return "needs {path}, {name} or {stem}: the log whose generations it finds";
    if (has_wildcard(directory_of(pattern))) return "may have wildcards in the file name only";
    return {};
}

std::optional<std::string> rotation_rules::log_of(
    std::string_view path, const log_index& logs,
    const std::function<bool(const std::string&)>& may_be_log) const {
    for (const auto& each : rules_) {
        if (auto found = log_of(each, path, logs, may_be_log)) return found;
    }
    return std::nullopt;
}

std::optional<std::string> rotation_rules::log_of(
    const rule& by, std::string_view path, const log_index& logs,
    const std::function<bool(const std::string&)>& may_be) const {
    const auto directory = directory_of(path);
    const auto name = name_of(path);
    const bool fixed = by.directory.find("{dir}") == by.directory.npos;
    const auto above = fixed ? std::nullopt : stripped(by.directory, directory);
    if (fixed ? directory != by.directory : !above) return std::nullopt;
    for (const auto& candidate : names_of(by.name, name)) {
        if (candidate == name || !name_matches(filled(by.name, candidate), name)) continue;
        if (fixed) {
            const auto known = logs.with_name(candidate);
            if (!known.empty()) return known.front();
            continue;
        }
        auto log = join_path(*above, candidate);
        if (log != path && (logs.has(log) || may_be(log))) return log;
    }
    return std::nullopt;
}

std::vector<std::string> rotation_rules::directories_of(std::string_view log) const {
    std::vector<std::string> out;
    const auto own = directory_of(log);
    for (const auto& each : rules_) {
        auto made = each.directory;
        replace(made, "{dir}", own);
        made = tidy_path(made);
        if (made != own && std::ranges::find(out, made) == out.end()) out.push_back(made);
    }
    return out;
}

}  // namespace weir::connectors::file
