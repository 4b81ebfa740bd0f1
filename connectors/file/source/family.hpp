// family: which log a file is a rotated generation of, by its name. Pure.
// A pattern has {path} (the log's path), or {dir}, {name}, {stem} and {ext} (its parts: app and
// .log of app.log), and wildcards: "{path}.*", "{dir}/archive/{name}-*", "{stem}-*{ext}".
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace weir::connectors::file {

// The paths of logs.
class log_index {
  public:
    void add(const std::string& path);
    bool has(const std::string& path) const { return paths_.contains(path); }
    const std::unordered_set<std::string>& all() const { return paths_; }
    std::vector<std::string> with_name(std::string_view name) const;

  private:
    std::unordered_set<std::string> paths_;
    std::unordered_multimap<std::string, std::string> by_name_;
};

class rotation_rules {
  public:
    explicit rotation_rules(const std::vector<std::string>& patterns);

    // The log of which `path` may be a rotated generation; the shortest one, so that app.log.1.gz
    // is of app.log, not of app.log.1. `may_be_log` is asked for paths that the index does not
    // have.
    std::optional<std::string> log_of(
        std::string_view path, const log_index& logs,
        const std::function<bool(const std::string&)>& may_be_log) const;
    // Where rotated files of `log` are, apart from its own directory.
    std::vector<std::string> directories_of(std::string_view log) const;

    // What is wrong with a pattern; empty: nothing.
    static std::string problem_of(std::string_view pattern);

  private:
    struct rule {
        std::string directory;  // with {dir}, or without
        std::string name;       // begins with {name} or {stem}, or does not
    };
    std::optional<std::string> log_of(const rule& by, std::string_view path, const log_index& logs,
                                      const std::function<bool(const std::string&)>& may_be) const;

    std::vector<rule> rules_;
};

}  // namespace weir::connectors::file
