// component_store: the components whose connectors have been told that they were created, with
// their settings as of then, in the file components.json of the data directory. From it the worker
// knows that a component is there for the first time, has changed, or is gone.
//
// A file, not a topic: it is read before there are clients, and a component belongs to the node
// that has its data directory. It is replaced as a whole; when it is lost, connectors are told
// again that they were created, which has to be harmless. Values of secrets are not in it: they are
// kept as they are written in the pipeline file and resolved again. Readable by its owner only.
//
// One thread at a time.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "connect/pipeline/pipeline.hpp"

namespace weir::connect::stores {

struct seen_component {
    pipeline::component_kind kind = pipeline::component_kind::source;
    std::string type;
    std::string settings;  // a JSON array, for from_text()
    std::string data_dir;  // the component's own

    bool operator==(const seen_component&) const = default;
};

using seen_components = std::map<std::string, seen_component>;

// Turns what is written ("${env:X}") into its value.
using resolve_function = std::function<std::optional<std::string>(const std::string&)>;

// Pure: the settings as text, and back. Secrets that cannot be resolved are left out.
std::string to_text(const plugin::component_settings& settings);
plugin::component_settings from_text(const seen_component& of, const std::string& name,
                                     const resolve_function& resolve);
seen_component seen_of(const pipeline::component& what);
// Pure: the whole file. Nothing when it is not one.
std::string write_components(const seen_components& all);
std::optional<seen_components> read_components(std::string_view text);

class component_store {
  public:
    // A missing file is an empty one; the error says what is wrong with one that is there.
    static std::expected<component_store, std::string> open(const std::filesystem::path& directory);

    // By kind and name: "source.applog".
    const seen_components& all() const { return all_; }
    std::expected<void, std::string> put(const std::string& key, seen_component what);
    std::expected<void, std::string> remove(const std::string& key);

  private:
    explicit component_store(std::filesystem::path file) : file_(std::move(file)) {}
    std::expected<void, std::string> save() const;

    std::filesystem::path file_;
    seen_components all_;
};

// "source.applog"
std::string component_key(pipeline::component_kind kind, std::string_view name);

}  // namespace weir::connect::stores
