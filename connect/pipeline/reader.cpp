#include "connect/pipeline/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/broker_config.hpp"
#include "config/broker_file.hpp"
#include "config/nearest_name.hpp"
#include "connect/plugin/option_row.hpp"

namespace weir::connect::pipeline {
namespace {

using config::document_entry;
using config::document_value;
using config::value_kind;

constexpr std::array<std::string_view, 6> tables = {"node",   "broker", "kafka",
                                                    "source", "sink",   "transform"};
constexpr std::string_view plugin_path_key = "plugin_path";

// Whether components are named in it: [source.NAME].
bool holds_components(std::string_view table) {
    return table == "source" || table == "sink" || table == "transform";
}

// Adds the entries of a table of another file.
void merge(const std::string& table, document_value& into, document_value&& from,
           std::vector<config::problem>& errors) {
    for (auto& each : from.entries) {
        const auto* there = config::find_entry(into, each.key);
        if (there == nullptr) {
            into.entries.push_back(std::move(each));
            continue;
        }
        errors.push_back(
            {.place = each.place,
             .key = fmt::format("{}.{}", table, each.key),
             .reason = fmt::format(
                 "is at {}, too; {}", there->place,
                 holds_components(table) ? "give one of them another name" : "write it once")});
    }
}

void add_file(const pipeline_file& from, config::document& into) {
    auto parsed = config::read_document(from.text, from.name);
    into.errors.insert(into.errors.end(), parsed.errors.begin(), parsed.errors.end());
    config::substitute_all(parsed.root, "", from.sources, into.errors);
    for (auto& each : parsed.root.entries) {
        const auto there = std::ranges::find(into.root.entries, each.key, &document_entry::key);
        if (there == into.root.entries.end()) {
            into.root.entries.push_back(std::move(each));
        } else {
            merge(each.key, there->value, std::move(each.value), into.errors);
        }
    }
}

// The tables [node] and [broker], and what of them is the pipeline's own.
class node_reader {
  public:
    node_reader(const config::document& from, reading& into) : from_(from), into_(into) {}

    void read() {
        config::settings broker;
        if (const auto* node = table("node")) {
            auto rest = *node;
            std::erase_if(rest.entries,
                          [](const auto& each) { return each.key == plugin_path_key; });
            read_broker("node", rest, broker);
            read_path(*node);
        }
        const auto* own = table("broker");
        const auto* cluster = table("kafka");
        if (own != nullptr) read_broker("broker", *own, broker);
        if (own != nullptr && cluster != nullptr) {
            const auto* entry = config::find_entry(from_.root, "kafka");
            into_.errors.push_back(
                {.place = entry->place,
                 .key = "kafka",
                 .reason = fmt::format("there is a [broker] at {}; a pipeline has one of the two",
                                       config::find_entry(from_.root, "broker")->place)});
        }
        take(broker);
        if (cluster != nullptr) {
            read_cluster(*cluster, into_);
        } else {
            into_.result.broker = std::move(broker);
        }
    }

  private:
    const document_value* table(std::string_view name) const {
        const auto* entry = config::find_entry(from_.root, name);
        if (entry == nullptr) return nullptr;
        if (entry->value.kind == value_kind::table) return &entry->value;
        into_.errors.push_back({.place = entry->place,
                                .key = entry->key,
                                .reason = fmt::format("is a table: [{}]", name)});
        return nullptr;
    }

    // Settings say nothing of secrets: an error must not tell a value that is one.
    void read_broker(const std::string& name, const document_value& given,
                     config::settings& broker) {
        const auto count = broker.errors.size();
        config::read_broker_table(name, given, broker);
        for (auto index = count; index < broker.errors.size(); ++index)
            broker.errors[index].key = fmt::format("{}.{}", name, broker.errors[index].key);
    }

    void read_path(const document_value& node) {
        const auto* entry = config::find_entry(node, plugin_path_key);
        if (entry == nullptr) return;
        const auto value =
            plugin::read_value({.name = plugin_path_key, .type = WEIR_OPTION_LIST}, entry->value);
        if (value) return;
        into_.errors.push_back(
            {.place = entry->value.place, .key = "node.plugin_path", .reason = value.error()});
    }

    // The node's own part; the pages are served by the program, not by its broker.
    void take(config::settings& broker) {
        auto& to = into_.result;
        const auto http = broker.values.find("weir.metrics.listener");
        if (http != broker.values.end()) {
            to.http = http->second.value;
            check_http(http->second);
        }
        broker.values["weir.metrics.listener"] = {.value = "", .place = "weir run"};
        auto checked = broker;
        const auto made = config::make_broker_config(checked);
        to.data_dir = made.data_dir;
        to.log_level = made.log_level;
        to.log_json = made.log_json;
        for (auto& each : checked.errors) {
            each.reason = config::without_secrets(std::move(each.reason), into_.secrets);
            into_.errors.push_back(std::move(each));
        }
        into_.warnings.insert(into_.warnings.end(), checked.warnings.begin(),
                              checked.warnings.end());
        broker.errors.clear();
    }

    void check_http(const config::setting& http) {
        if (http.value.empty()) return;
        const auto parsed = config::parse_listeners("HTTP://" + http.value);
        if (parsed && parsed->size() == 1) return;
        into_.errors.push_back({.place = http.place,
                                .key = "node.http",
                                .reason = "is not host:port, as \"127.0.0.1:8083\"; \"\" is for "
                                          "no pages"});
    }

    const config::document& from_;
    reading& into_;
};

void complain_of_table(const document_entry& of, reading& into) {
    const auto nearest = config::nearest_of(tables, of.key);
    into.errors.push_back(
        {.place = of.place,
         .key = of.key,
         .reason = nearest.empty()
                       ? "unknown; a pipeline has [node], [broker] or [kafka], [source.NAME] and "
                         "[sink.NAME]"
                       : fmt::format("unknown; did you mean [{}]?", nearest)});
}

}  // namespace

config::document read_files(const std::vector<pipeline_file>& files) {
    config::document out;
    out.root.kind = value_kind::table;
    for (const auto& each : files)
        add_file(each, out);
    return out;
}

std::vector<std::string> plugin_path(const config::document& of) {
    const auto* node = config::find_entry(of.root, "node");
    if (node == nullptr) return {};
    const auto* entry = config::find_entry(node->value, plugin_path_key);
    if (entry == nullptr) return {};
    const auto value =
        plugin::read_value({.name = plugin_path_key, .type = WEIR_OPTION_LIST}, entry->value);
    return value ? value->items : std::vector<std::string>{};
}

void gather_secrets(const document_value& from, std::vector<std::string>& into) {
    into.insert(into.end(), from.secrets.begin(), from.secrets.end());
    for (const auto& each : from.items)
        gather_secrets(each, into);
    for (const auto& each : from.entries)
        gather_secrets(each.value, into);
}

reading read_pipeline(const config::document& from, const reading_options& options) {
    reading out;
    out.errors = from.errors;
    gather_secrets(from.root, out.secrets);
    node_reader(from, out).read();
    const component_context context{
        .options = options, .data_dir = out.result.data_dir, .into = out};
    for (const auto& table : from.root.entries) {
        if (std::ranges::find(tables, table.key) == tables.end()) {
            complain_of_table(table, out);
            continue;
        }
        if (!holds_components(table.key)) continue;
        const auto kind = table.key == "source" ? component_kind::source : component_kind::sink;
        for (const auto& each : table.value.entries) {
            if (table.key == "transform") {
                out.errors.push_back({.place = each.place,
                                      .key = fmt::format("transform.{}", each.key),
                                      .reason = "SQL transforms are not served yet; single "
                                                "message transforms are: smt = [...] of a "
                                                "source or sink"});
            } else {
                read_component(kind, each, context);
            }
        }
        const bool plain = table.value.kind != value_kind::table;
        if (plain) complain_of_table(table, out);
    }
    check_graph(out);
    return out;
}

}  // namespace weir::connect::pipeline
