#include "connectors/file/source/glob.hpp"

#include <cstddef>

namespace weir::connectors::file {
namespace {

// An absolute path has an empty first part.
std::vector<std::string> parts_of(std::string_view path) {
    std::vector<std::string> out;
    std::size_t at = 0;
    while (at <= path.size()) {
        const auto end = std::min(path.find('/', at), path.size());
        out.emplace_back(path.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

// Whether `one` is in the set that begins at pattern[at] (a '['); `at` is moved behind it. A set
// without an end is no set: then `valid` is false.
bool in_set(std::string_view pattern, std::size_t& at, char one, bool& valid) {
    std::size_t next = at + 1;
    const bool negated = next < pattern.size() && (pattern[next] == '!' || pattern[next] == '^');
    if (negated) ++next;
    bool found = false;
    bool first = true;
    while (next < pattern.size() && (first || pattern[next] != ']')) {
        first = false;
        auto low = static_cast<unsigned char>(pattern[next++]);
        auto high = low;
        if (next + 1 < pattern.size() && pattern[next] == '-' && pattern[next + 1] != ']') {
            high = static_cast<unsigned char>(pattern[next + 1]);
            next += 2;
        }
        const auto value = static_cast<unsigned char>(one);
        found = found || (value >= low && value <= high);
    }
    valid = next < pattern.size();
    if (valid) at = next + 1;
    return found != negated;
}

// Whether one byte matches what is at pattern[at]; `at` is moved behind it.
bool one_matches(std::string_view pattern, std::size_t& at, char one) {
    if (pattern[at] == '[') {
        bool valid = false;
        const bool found = in_set(pattern, at, one, valid);
        if (valid) return found;
    } else if (pattern[at] == '?') {
        ++at;
        return true;
    } else if (pattern[at] == '\\' && at + 1 < pattern.size()) {
        ++at;
    }
    return pattern[at++] == one;
}

using parts = std::vector<std::string>;

// Whether pattern[at..] matches path[from..]; `prefix`: it is enough that more path could make it.
bool parts_match(const parts& pattern, std::size_t at, const parts& path, std::size_t from,
                 bool prefix) {
    while (true) {
        if (from == path.size() && prefix) return at < pattern.size();
        if (at == pattern.size()) return from == path.size();
        if (pattern[at] == "**") {
            if (prefix) return true;
            for (std::size_t skip = from; skip <= path.size(); ++skip) {
                if (parts_match(pattern, at + 1, path, skip, prefix)) return true;
            }
            return false;
        }
        if (from == path.size() || !name_matches(pattern[at], path[from])) return false;
        ++at;
        ++from;
    }
}

}  // namespace

bool name_matches(std::string_view pattern, std::string_view name) {
    std::size_t at = 0;
    std::size_t in_name = 0;
    std::size_t star = pattern.npos;
    std::size_t star_name = 0;
    while (in_name < name.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            star_name = in_name;
            continue;
        }
        if (at < pattern.size() && one_matches(pattern, at, name[in_name])) {
            ++in_name;
            continue;
        }
        if (star == pattern.npos) return false;
        at = star + 1;
        in_name = ++star_name;
    }
    while (at < pattern.size() && pattern[at] == '*')
        ++at;
    return at == pattern.size();
}

bool has_wildcard(std::string_view pattern) {
    return pattern.find_first_of("*?[\\") != pattern.npos;
}

glob::glob(std::string_view pattern) : pattern_(tidy_path(pattern)), parts_(parts_of(pattern_)) {}

bool glob::matches(std::string_view path) const {
    return parts_match(parts_, 0, parts_of(path), 0, false);
}

bool glob::may_match_below(std::string_view directory) const {
    if (directory.empty() || directory == ".") return true;
    if (directory == "/") return parts_.size() > 1 && parts_[0].empty();
    return parts_match(parts_, 0, parts_of(directory), 0, true);
}

std::string glob::root() const {
    std::string out;
    for (std::size_t at = 0; at + 1 < parts_.size() && !has_wildcard(parts_[at]); ++at)
        out += parts_[at] + "/";
    if (out.size() > 1) out.pop_back();
    return out.empty() ? "." : out;
}

int glob::depth() const {
    int out = 0;
    bool wild = false;
    for (std::size_t at = 0; at + 1 < parts_.size(); ++at) {
        if (parts_[at] == "**") return -1;
        wild = wild || has_wildcard(parts_[at]);
        if (wild) ++out;
    }
    return out;
}

std::string tidy_path(std::string_view path) {
    std::string out;
    const auto all = parts_of(path);
    for (std::size_t at = 0; at < all.size(); ++at) {
        const auto& part = all[at];
        if (at == 0 && part.empty() && all.size() > 1) {
            out = "/";
        } else if (!part.empty() && part != ".") {
            if (!out.empty() && out.back() != '/') out += '/';
            out += part;
        }
    }
    return out.empty() ? "." : out;
}

std::string directory_of(std::string_view path) {
    const auto slash = path.rfind('/');
    if (slash == path.npos) return ".";
    return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

std::string_view name_of(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == path.npos ? path : path.substr(slash + 1);
}

std::string join_path(std::string_view directory, std::string_view name) {
    if (directory.empty() || directory == ".") return std::string(name);
    std::string out(directory);
    if (out.back() != '/') out += '/';
    return out += name;
}

}  // namespace weir::connectors::file
