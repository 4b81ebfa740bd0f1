// reader: pipeline files as a pipeline, or all that is wrong with them, each with its place.
//
// Three steps, as the connectors have to be loaded in between: read_files (syntax, ${...}), then
// plugin_path and the catalogue, then read_pipeline. Pure but for what it is given to ask: the
// environment, files, connectors.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/document.hpp"
#include "config/substitution.hpp"
#include "connect/pipeline/pipeline.hpp"
#include "connect/plugin/catalogue.hpp"

namespace weir::connect::pipeline {

struct pipeline_file {
    std::string name;
    std::string text;
    // For ${file:...}: relative to this file.
    config::substitution_sources sources;
};

// Several files are one pipeline; a key or component that two of them have is an error.
config::document read_files(const std::vector<pipeline_file>& files);

// Of [node].
std::vector<std::string> plugin_path(const config::document& of);

struct reading_options {
    const plugin::catalogue& connectors;
    data::transform_factory transforms = {};  // none: steps are not checked
    bool reach = false;  // the connectors look whether files, servers and rights are there
};

struct reading {
    pipeline result;  // counts only when there are no errors
    std::vector<config::problem> errors;
    std::vector<config::problem> warnings;
    // What came out of ${...}, and what secret options have: to be kept out of all that is shown.
    std::vector<std::string> secrets;
};

reading read_pipeline(const config::document& from, const reading_options& options);

// Of one component; below are the steps of read_pipeline.
struct component_context {
    const reading_options& options;
    std::string data_dir;  // of the node
    reading& into;
};
void read_component(component_kind kind, const config::document_entry& from,
                    const component_context& context);

// smt = [...]: the steps, checked. Problems have the component's key before theirs.
std::vector<data::transform_step> read_steps(const config::document_value& from,
                                             const std::string& key,
                                             const component_context& context);

// [kafka].
void read_cluster(const config::document_value& from, reading& into);

// What the components are to each other: names, topics.
void check_graph(reading& of);

// Collects what may not be shown.
void gather_secrets(const config::document_value& from, std::vector<std::string>& into);

}  // namespace weir::connect::pipeline
