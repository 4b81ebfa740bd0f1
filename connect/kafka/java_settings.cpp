#include "connect/kafka/java_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

namespace weir::connect::kafka {
namespace {

enum class roles : std::uint8_t { both, producers, consumers };
enum class how : std::uint8_t {
    same,
    kibibytes,
    batch,
    buffer,
    group_protocol,
    assignors,
    reset,
    jaas,
    no_name,
    nothing,
    not_served,
};

struct row {
    std::string_view java_name;
    roles of;
    std::string_view name;
    how way;
};

constexpr row rows[] = {
#define X(java_name, of, name, way) {java_name, roles::of, name, how::way},
#include "connect/kafka/java_settings.tbl"
#undef X
};

bool is_of(const row& which, client_role role) {
    if (which.of == roles::both) return true;
    return (which.of == roles::producers) == (role == client_role::producer);
}

using pairs = std::vector<std::pair<std::string, std::string>>;

// Where Java's default is another one than librdkafka's.
pairs defaults_of(client_role role) {
    pairs out = {
        {"socket.nagle.disable", "true"},     {"log.connection.close", "false"},
        {"socket.timeout.ms", "30000"},       {"reconnect.backoff.ms", "50"},
        {"reconnect.backoff.max.ms", "1000"}, {"connections.max.idle.ms", "540000"},
    };
    if (role == client_role::producer) {
        out.insert(out.end(), {{"enable.idempotence", "true"},
                               {"linger.ms", "5"},
                               {"batch.size", "16384"},
                               {"queue.buffering.max.kbytes", "32768"},
                               {"message.max.bytes", "1048576"},
                               {"delivery.timeout.ms", "120000"}});
    } else {
        out.insert(out.end(), {{"check.crcs", "true"},
                               {"isolation.level", "read_uncommitted"},
                               {"allow.auto.create.topics", "true"}});
    }
    return out;
}

// RangeAssignor of org.apache.kafka.clients.consumer is "range" and so on.
std::string assignors_of(std::string_view classes) {
    std::string out;
    const auto add = [&](std::string_view name) {
        if (!out.empty()) out += ',';
        out += name;
    };
    if (classes.contains("CooperativeStickyAssignor")) return "cooperative-sticky";
    if (classes.contains("RangeAssignor")) add("range");
    if (classes.contains("RoundRobinAssignor")) add("roundrobin");
    return out.empty() ? "range" : out;
}

// The value of `name="..."` in a line of JAAS.
std::optional<std::string> jaas_value(std::string_view line, std::string_view name) {
    const auto begin = fmt::format("{}=\"", name);
    const auto at = line.find(begin);
    if (at == std::string_view::npos) return std::nullopt;
    const auto value = line.substr(at + begin.size());
    return std::string(value.substr(0, value.find('"')));
}

std::optional<std::int64_t> number_of(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::string value_for(const row& which, const std::string& value) {
    const auto number = number_of(value);
    switch (which.way) {
        case how::kibibytes:
            return number ? fmt::format("{}", std::max<std::int64_t>(*number / 1024, 1)) : value;
        case how::batch:
            return number && *number <= 0 ? "1" : value;
        case how::buffer:
            return number && *number < 0 ? "0" : value;
        case how::assignors:
            return assignors_of(value);
        case how::reset:
            return value == "none" ? "error" : value;
        case how::no_name:
            return value.empty() ? "none" : value;
        default:
            return value;
    }
}

void translate_one(const row& which, const std::string& value, translated_settings& into) {
    switch (which.way) {
        case how::nothing:
            return;
        case how::not_served:
            into.not_served.push_back(fmt::format("{} is not supported", which.java_name));
            return;
        case how::group_protocol:
            if (value != "classic" && value != "CLASSIC") {
                into.not_served.push_back(
                    fmt::format("group.protocol={} is not supported: classic is used", value));
            }
            return;
        case how::jaas:
            if (auto user = jaas_value(value, "username")) {
                into.settings.emplace_back("sasl.username", std::move(*user));
            }
            if (auto password = jaas_value(value, "password")) {
                into.settings.emplace_back("sasl.password", std::move(*password));
            }
            return;
        default:
            into.settings.emplace_back(which.name, value_for(which, value));
    }
}

}  // namespace

translated_settings translate_java_settings(client_role role, const pairs& given) {
    translated_settings out;
    out.settings = defaults_of(role);
    const auto is_given = [&](std::string_view name) {
        return std::ranges::count(given, name, [](const auto& each) { return each.first; }) > 0;
    };
    // A transaction bounds the time of its records; librdkafka sets it by itself.
    if (is_given("transactional.id") && !is_given("delivery.timeout.ms")) {
        std::erase_if(out.settings,
                      [](const auto& each) { return each.first == "delivery.timeout.ms"; });
    }
    for (const auto& [name, value] : given) {
        const auto* found = std::ranges::find_if(
            rows, [&](const row& each) { return each.java_name == name && is_of(each, role); });
        if (found == std::end(rows)) {
            out.unknown.push_back(name);
        } else {
            translate_one(*found, value, out);
        }
    }
    return out;
}

}  // namespace weir::connect::kafka
