// The broker's part of a TOML file: [node] and [broker], as settings under Kafka's names.
#include "config/broker_file.hpp"

#include <fmt/format.h>

#include <array>

#include "config/option.hpp"

namespace weir::config {
namespace {

// Weir's short names for the options that most files set.
struct short_name {
    std::string_view table;
    std::string_view key;
    std::string_view option;
};
constexpr std::array short_names = {
    short_name{"node", "id", "node.id"},
    short_name{"node", "data_dir", "log.dirs"},
    short_name{"node", "http", "weir.metrics.listener"},
    short_name{"node", "rack", "broker.rack"},
    short_name{"node", "log_level", "weir.log.level"},
    short_name{"node", "log_format", "weir.log.format"},
    short_name{"broker", "listen", "listeners"},
    short_name{"broker", "advertised", "advertised.listeners"},
    short_name{"broker", "flush", "weir.flush"},
    short_name{"broker", "shards", "weir.shards"},
};

// "127.0.0.1:9092" is the listener PLAINTEXT://127.0.0.1:9092.
std::string with_protocol(const std::string& listeners) {
    return listeners.empty() || listeners.find("://") != std::string::npos
               ? listeners
               : "PLAINTEXT://" + listeners;
}

void read_value(std::string_view table, const flat_entry& entry, settings& into) {
    const auto complain = [&](std::string reason) {
        into.errors.push_back(
            {.place = entry.value->place, .key = entry.name, .reason = std::move(reason)});
    };
    const auto text = text_of(*entry.value);
    if (!text) return complain("a text, number, truth or list is needed");
    std::string option = entry.name;
    for (const auto& each : short_names) {
        if (each.table == table && each.key == entry.name) option = each.option;
    }
    if (find_option(broker_options(), option) == nullptr) {
        const auto nearest = nearest_name(broker_options(), entry.name);
        return complain(nearest.empty() ? "unknown key"
                                        : fmt::format("unknown key; did you mean {}?", nearest));
    }
    const bool endpoints = option == "listeners" || option == "advertised.listeners";
    into.values[option] = {.value = endpoints ? with_protocol(*text) : *text,
                           .place = entry.value->place};
}

}  // namespace

void read_broker_table(std::string_view name, const document_value& table, settings& into) {
    for (const auto& each : flattened(table))
        read_value(name, each, into);
}

void read_toml(std::string_view text, const std::string& file, settings& into) {
    const auto parsed = read_document(text, file);
    into.errors.insert(into.errors.end(), parsed.errors.begin(), parsed.errors.end());
    for (const auto& each : parsed.root.entries) {
        const bool served = each.key == "node" || each.key == "broker";
        if (served && each.value.kind == value_kind::table) {
            read_broker_table(each.key, each.value, into);
        } else {
            into.errors.push_back(
                {.place = each.place,
                 .key = each.key,
                 .reason = "unknown; a broker's file has the tables [node] and [broker]"});
        }
    }
}

}  // namespace weir::config
