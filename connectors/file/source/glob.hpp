// glob: patterns of paths. Pure. `*` and `?` do not cross a slash, `**` as a whole component stands
// for any number of directories, [a-z] and [!a-z] for one byte, a backslash takes the next byte as
// it is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::connectors::file {

// One component (a file name) against one component of a pattern.
bool name_matches(std::string_view pattern, std::string_view name);
bool has_wildcard(std::string_view pattern);

class glob {
  public:
    explicit glob(std::string_view pattern);

    const std::string& pattern() const { return pattern_; }
    bool matches(std::string_view path) const;
    // Whether something below the directory may match.
    bool may_match_below(std::string_view directory) const;
    // The directory above the first wildcard: where a walk begins. "." for relative patterns
    // without one.
    std::string root() const;
    // How many directories below it files may be; -1: any number.
    int depth() const;

  private:
    std::string pattern_;
    std::vector<std::string> parts_;
};

// `path` without doubled slashes and "." components.
std::string tidy_path(std::string_view path);
std::string directory_of(std::string_view path);
std::string_view name_of(std::string_view path);
// "." and "" join to the name alone.
std::string join_path(std::string_view directory, std::string_view name);

}  // namespace weir::connectors::file
