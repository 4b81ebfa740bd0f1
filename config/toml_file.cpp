// Gateway to toml++: the broker's part of a TOML file, as settings under Kafka's names.
#include <fmt/format.h>

#include <array>

// The library asserts on some malformed texts ("[:"): for us that is an error of the text like all
// others.
namespace weir::config {
struct malformed {};
[[noreturn]] static void throw_malformed() {
    throw malformed{};
}
}  // namespace weir::config
#define TOML_ASSERT(condition) \
    (static_cast<bool>(condition) ? static_cast<void>(0) : ::weir::config::throw_malformed())
#include <toml++/toml.h>

#include "config/option.hpp"
#include "config/settings.hpp"

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

std::string place_of(const std::string& file, const toml::source_region& region) {
    return fmt::format("{}:{}:{}", file, region.begin.line, region.begin.column);
}

std::optional<std::string> text_of(const toml::node& value) {
    if (const auto* text = value.as_string()) return text->get();
    if (const auto* number = value.as_integer()) return std::to_string(number->get());
    if (const auto* flag = value.as_boolean()) return flag->get() ? "true" : "false";
    if (const auto* real = value.as_floating_point()) return fmt::format("{}", real->get());
    const auto* list = value.as_array();
    if (!list) return std::nullopt;
    std::string joined;
    for (const auto& each : *list) {
        const auto text = text_of(each);
        if (!text) return std::nullopt;
        if (!joined.empty()) joined += ',';
        joined += *text;
    }
    return joined;
}

// "127.0.0.1:9092" is the listener PLAINTEXT://127.0.0.1:9092.
std::string with_protocol(const std::string& listeners) {
    return listeners.empty() || listeners.find("://") != std::string::npos
               ? listeners
               : "PLAINTEXT://" + listeners;
}

// The first line at which the text is malformed: that up to which it cannot be parsed.
std::size_t malformed_line(std::string_view text) {
    std::size_t line = 0;
    for (std::size_t end = 0; end != std::string_view::npos;) {
        end = text.find('\n', end == 0 ? 0 : end + 1);
        ++line;
        try {
            (void)toml::parse(text.substr(0, end));
        } catch (const malformed&) {
            return line;
        } catch (const toml::parse_error&) {
            continue;  // cut in the middle of something
        }
    }
    return line;
}

class reader {
  public:
    reader(const std::string& file, settings& into) : file_(file), into_(into) {}

    void read_table(std::string_view table, const toml::table& content, const std::string& path) {
        for (const auto& [key, value] : content) {
            const auto name =
                path.empty() ? std::string(key.str()) : path + "." + std::string(key.str());
            if (const auto* inner = value.as_table()) {
                read_table(table, *inner, name);
            } else {
                read_value(table, name, value);
            }
        }
    }

    void complain(const toml::source_region& region, std::string key, std::string reason) {
        into_.errors.push_back(
            {.place = place_of(file_, region), .key = std::move(key), .reason = std::move(reason)});
    }

  private:
    void read_value(std::string_view table, const std::string& name, const toml::node& value) {
        const auto text = text_of(value);
        if (!text) return complain(value.source(), name, "a text, number, truth or list is needed");
        std::string option = name;
        for (const auto& each : short_names) {
            if (each.table == table && each.key == name) option = each.option;
        }
        const bool known = find_option(broker_options(), option) != nullptr;
        if (!known) {
            const auto nearest = nearest_name(broker_options(), name);
            return complain(value.source(), name,
                            nearest.empty()
                                ? "unknown key"
                                : fmt::format("unknown key; did you mean {}?", nearest));
        }
        const bool endpoints = option == "listeners" || option == "advertised.listeners";
        into_.values[option] = {.value = endpoints ? with_protocol(*text) : *text,
                                .place = place_of(file_, value.source())};
    }

    const std::string& file_;
    settings& into_;
};

}  // namespace

void read_toml(std::string_view text, const std::string& file, settings& into) {
    reader tables(file, into);
    try {
        const auto parsed = toml::parse(text);
        for (const auto& [key, value] : parsed) {
            const auto* table = value.as_table();
            const auto name = key.str();
            if (table && (name == "node" || name == "broker")) {
                tables.read_table(name, *table, "");
            } else {
                tables.complain(key.source(), std::string(name),
                                "unknown; a broker's file has the tables [node] and [broker]");
            }
        }
    } catch (const toml::parse_error& error) {
        tables.complain(error.source(), "syntax", std::string(error.description()));
    } catch (const malformed&) {
        into.errors.push_back({.place = fmt::format("{}:{}", file, malformed_line(text)),
                               .key = "syntax",
                               .reason = "a key begins with a character that no key can have"});
    }
}

}  // namespace weir::config
