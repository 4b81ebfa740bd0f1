#include "connect/plugin/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "connect/plugin/plugin_check.hpp"

namespace weir::connect::plugin {
namespace {

namespace fs = std::filesystem;

std::string text(weir_text from) {
    return {from.data == nullptr ? "" : from.data, static_cast<std::size_t>(from.size)};
}

// The shared objects of a directory, by name. Links lead to the same file once.
std::vector<std::string> objects_in(const std::string& directory) {
    std::vector<std::string> out;
    std::error_code error;
    for (fs::directory_iterator each(directory, error), end; !error && each != end;
         each.increment(error)) {
        if (each->path().extension() != ".so") continue;
        std::error_code broken;
        const auto real = fs::canonical(each->path(), broken);
        out.push_back(broken ? each->path().string() : real.string());
    }
    std::ranges::sort(out);
    return out;
}

}  // namespace

std::string_view kind_name(connector_kind kind) {
    return kind == connector_kind::source ? "source" : "sink";
}

void catalogue::scan(const std::vector<std::string>& directories, const probe_options& options) {
    std::vector<std::string> files;
    for (const auto& directory : directories) {
        for (auto& each : objects_in(directory)) {
            if (seen_.insert(each).second) files.push_back(std::move(each));
        }
    }
    const auto verdicts = probe(files, options);
    for (std::size_t index = 0; index < files.size(); ++index) {
        if (!verdicts[index].empty()) {
            broken_.push_back({.file = files[index], .reason = verdicts[index]});
            continue;
        }
        const auto opened = open_plugin(files[index]);
        if (opened) {
            take(**opened, files[index]);
        } else {
            broken_.push_back({.file = files[index], .reason = opened.error()});
        }
    }
}

void catalogue::take(const weir_plugin& from, const std::string& file) {
    for (std::uint32_t index = 0; index < from.connector_count; ++index) {
        const auto* table = from.connectors[index];
        if (add(table, file)) continue;
        const auto kind = table->source != nullptr ? connector_kind::source : connector_kind::sink;
        const auto* first = find(kind, text(table->type));
        broken_.push_back(
            {.file = file,
             .reason = fmt::format("its {} {} is not used: {} has one, too", kind_name(kind),
                                   text(table->type), first->file.empty() ? "weir" : first->file)});
    }
}

bool catalogue::add(const weir_connector* table, std::string file) {
    if (check_connector(table)) return false;
    const auto kind = table->source != nullptr ? connector_kind::source : connector_kind::sink;
    auto type = text(table->type);
    if (find(kind, type) != nullptr) return false;
    connectors_.push_back({.kind = kind,
                           .type = std::move(type),
                           .version = text(table->version),
                           .text = text(table->text),
                           .file = std::move(file),
                           .table = table});
    std::ranges::sort(connectors_, {},
                      [](const auto& each) { return std::tie(each.kind, each.type); });
    return true;
}

const known_connector* catalogue::find(connector_kind kind, std::string_view type) const {
    const auto found = std::ranges::find_if(
        connectors_, [&](const auto& each) { return each.kind == kind && each.type == type; });
    return found == connectors_.end() ? nullptr : &*found;
}

std::vector<std::string_view> catalogue::types(connector_kind kind) const {
    std::vector<std::string_view> out;
    for (const auto& each : connectors_) {
        if (each.kind == kind) out.push_back(each.type);
    }
    return out;
}

std::vector<std::string> search_path(const char* from_environment,
                                     const std::vector<std::string>& from_file) {
    std::vector<std::string> out;
    std::error_code error;
    const auto program = fs::read_symlink("/proc/self/exe", error);
    if (!error) out.push_back((program.parent_path() / "connectors").string());
    std::string_view rest = from_environment == nullptr ? "" : from_environment;
    while (!rest.empty()) {
        const auto colon = rest.find(':');
        if (colon != 0) out.emplace_back(rest.substr(0, colon));
        rest = colon == std::string_view::npos ? std::string_view{} : rest.substr(colon + 1);
    }
    out.insert(out.end(), from_file.begin(), from_file.end());
    return out;
}

}  // namespace weir::connect::plugin
