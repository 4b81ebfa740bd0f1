// weir plugins: the connectors there are, those that are broken, and the options of one.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "cli/pipeline/loading.hpp"
#include "cli/verb.hpp"
#include "connect/plugin/option_row.hpp"

namespace weir::cli {
namespace {

using connect::plugin::catalogue;
using connect::plugin::known_connector;
using row = std::vector<std::string>;

// Columns as wide as their widest text; the last one as long as it is.
void print_table(const std::vector<row>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& each : rows) {
        widths.resize(std::max(widths.size(), each.size()));
        for (std::size_t at = 0; at < each.size(); ++at)
            widths[at] = std::max(widths[at], each[at].size());
    }
    for (const auto& each : rows) {
        std::string line;
        for (std::size_t at = 0; at < each.size(); ++at) {
            line += at + 1 < each.size() ? fmt::format("{:<{}}  ", each[at], widths[at]) : each[at];
        }
        fmt::print("{}\n", line.substr(0, line.find_last_not_of(' ') + 1));
    }
}

void print_all(const catalogue& of) {
    std::vector<row> rows = {{"TYPE", "KIND", "VERSION", "FILE", "TEXT"}};
    for (const auto& each : of.all()) {
        rows.push_back(
            {each.type, std::string(kind_name(each.kind)), each.version, each.file, each.text});
    }
    print_table(rows);
    for (const auto& each : of.broken())
        fmt::print("broken: {}: {}\n", each.file, each.reason);
}

void print_all_json(const catalogue& of) {
    std::string all;
    for (const auto& each : of.all()) {
        all +=
            fmt::format("{}{{\"type\":{},\"kind\":\"{}\",\"version\":{},\"text\":{},\"file\":{}}}",
                        all.empty() ? "" : ",", json_text(each.type), kind_name(each.kind),
                        json_text(each.version), json_text(each.text), json_text(each.file));
    }
    std::string broken;
    for (const auto& each : of.broken()) {
        broken += fmt::format("{}{{\"file\":{},\"reason\":{}}}", broken.empty() ? "" : ",",
                              json_text(each.file), json_text(each.reason));
    }
    fmt::print("{{\"connectors\":[{}],\"broken\":[{}]}}\n", all, broken);
}

std::string initial_of(const connect::plugin::option_row& of) {
    if (of.required) return "(needed)";
    return std::string(of.initial.value_or(""));
}

void print_options(const known_connector& of) {
    fmt::print("{} {} {}: {}\n\n", kind_name(of.kind), of.type, of.version, of.text);
    std::vector<row> rows = {{"OPTION", "TYPE", "DEFAULT", "VALUES", "TEXT"}};
    for (const auto& each : connect::plugin::rows_of(*of.table)) {
        rows.push_back({std::string(each.name), std::string(connect::plugin::type_name(each.type)),
                        initial_of(each), std::string(each.valid), std::string(each.text)});
    }
    print_table(rows);
}

void print_options_json(const known_connector& of) {
    std::string options;
    for (const auto& each : connect::plugin::rows_of(*of.table)) {
        options += fmt::format(
            "{}{{\"name\":{},\"type\":\"{}\",\"default\":{},\"valid\":{},\"required\":{},"
            "\"text\":{}}}",
            options.empty() ? "" : ",", json_text(each.name), connect::plugin::type_name(each.type),
            each.initial ? json_text(*each.initial) : "null", json_text(each.valid), each.required,
            json_text(each.text));
    }
    fmt::print("{{\"type\":{},\"kind\":\"{}\",\"version\":{},\"text\":{},\"options\":[{}]}}\n",
               json_text(of.type), kind_name(of.kind), json_text(of.version), json_text(of.text),
               options);
}

}  // namespace

int list_plugins(const arguments& given) {
    std::string type;
    bool json = false;
    bool wrong = false;
    for (const auto& each : given) {
        if (each == "--json") {
            json = true;
        } else {
            wrong = wrong || each.starts_with("-") || !type.empty();
            type = each;
        }
    }
    if (wrong) {
        fmt::print(stderr, "usage: weir plugins [TYPE] [--json]\n");
        return exit_usage;
    }
    catalogue all;
    all.scan(connect::plugin::search_path(std::getenv("WEIR_PLUGIN_PATH"), {}));
    if (type.empty()) {
        json ? print_all_json(all) : print_all(all);
        return exit_ok;
    }
    bool found = false;
    for (const auto& each : all.all()) {
        if (each.type != type) continue;
        if (found && !json) fmt::print("\n");
        found = true;
        json ? print_options_json(each) : print_options(each);
    }
    if (found) return exit_ok;
    fmt::print(stderr, "weir plugins: there is no connector of type '{}'\n", type);
    return exit_usage;
}

}  // namespace weir::cli
