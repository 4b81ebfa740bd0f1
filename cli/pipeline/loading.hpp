// loading: the pipeline that a verb is about: finds its files, reads them with the environment and
// the files they name, loads the connectors. One thread.
#pragma once

#include <string>
#include <vector>

#include "connect/pipeline/reader.hpp"
#include "connect/plugin/catalogue.hpp"

namespace weir::cli {

class pipeline_loader {
  public:
    // A file, or a directory whose *.toml are one pipeline.
    explicit pipeline_loader(std::string path) : path_(std::move(path)) {}

    // As often as it is asked to: files may have changed. What cannot be read is among the errors.
    connect::pipeline::reading load(bool reach);

    const std::string& path() const { return path_; }
    // Of the last load().
    const connect::plugin::catalogue& connectors() const { return connectors_; }

  private:
    std::string path_;
    connect::plugin::catalogue connectors_;
};

// What a verb without a file takes: weir.toml, if it is here; else empty.
std::string default_pipeline();

// Where ${env:...} and ${file:...} come from, for a file in `directory`.
weir::config::substitution_sources secret_sources(const std::string& directory);

// By file, line and column.
void sort_by_place(std::vector<weir::config::problem>& problems);

// A string in JSON, with its quotes.
std::string json_text(std::string_view text);

}  // namespace weir::cli
