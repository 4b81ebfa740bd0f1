// reading: pipelines of texts for the tests of this folder, with the connectors `ticks` and
// `swallow` of the sample plugin and an environment of their own.
#pragma once

#include <string>
#include <vector>

#include "connect/pipeline/reader.hpp"

extern "C" const weir_plugin* weir_plugin_entry(uint32_t host_abi_version);

namespace weir::connect::pipeline {

inline config::substitution_sources test_sources() {
    return {.environment = [](const std::string& name) -> std::optional<std::string> {
                if (name == "SECRET") return "hunter2-hunter2";
                if (name == "URL") return "https:hunter2-hunter2@a";
                return std::nullopt;
            },
            .file = {}};
}

inline plugin::catalogue test_connectors() {
    plugin::catalogue out;
    const auto* sample = weir_plugin_entry(WEIR_ABI_VERSION);
    for (std::uint32_t index = 0; index < sample->connector_count; ++index)
        out.add(sample->connectors[index]);
    return out;
}

inline reading read_texts(const std::vector<std::string>& texts,
                          data::transform_factory transforms = {}) {
    const auto connectors = test_connectors();
    std::vector<pipeline_file> files;
    for (const auto& each : texts) {
        files.push_back(
            {.name = files.empty() ? "p" : "q", .text = each, .sources = test_sources()});
    }
    return read_pipeline(read_files(files),
                         {.connectors = connectors, .transforms = std::move(transforms)});
}

inline std::vector<std::string> texts_of(const std::vector<config::problem>& problems) {
    std::vector<std::string> out;
    for (const auto& each : problems)
        out.push_back(each.text());
    return out;
}

}  // namespace weir::connect::pipeline
