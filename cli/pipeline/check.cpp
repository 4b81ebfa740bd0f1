// weir check: all that is wrong with a pipeline, at once, before it runs.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "cli/pipeline/loading.hpp"
#include "cli/verb.hpp"
#include "connect/kafka/consumer.hpp"

namespace weir::cli {
namespace {

using weir::config::problem;

struct check_request {
    std::string path;
    bool connect = false;
    bool json = false;
    bool wrong = false;
};

check_request parse(const arguments& given) {
    check_request out;
    for (const auto& each : given) {
        if (each == "--connect") {
            out.connect = true;
        } else if (each == "--json") {
            out.json = true;
        } else if (each.starts_with("-") || !out.path.empty()) {
            out.wrong = true;
        } else {
            out.path = each;
        }
    }
    if (out.path.empty()) out.path = default_pipeline();
    out.wrong = out.wrong || out.path.empty();
    return out;
}

// Whether the cluster of [kafka] answers.
void ask_cluster(connect::pipeline::reading& of, const std::string& path) {
    constexpr std::chrono::milliseconds patience{5000};
    const auto& wanted = of.result;
    connect::kafka::client_options options{.settings = wanted.client_settings};
    options.settings.emplace_back("bootstrap.servers", wanted.bootstrap);
    const auto complain = [&](const std::string& text) {
        of.errors.push_back({.place = path,
                             .key = "kafka",
                             .reason = weir::config::without_secrets(text, of.secrets)});
    };
    auto client = connect::kafka::consumer::create(std::move(options), {});
    if (!client) return complain(client.error().text);
    const auto topics = (*client)->all_topics(patience);
    if (!topics) complain(fmt::format("no broker of it answers: {}", topics.error().text));
    (*client)->abandon();
}

std::string problems_json(const std::vector<problem>& all) {
    std::string out;
    for (const auto& each : all) {
        out += fmt::format("{}{{\"place\":{},\"key\":{},\"reason\":{}}}", out.empty() ? "" : ",",
                           json_text(each.place), json_text(each.key), json_text(each.reason));
    }
    return "[" + out + "]";
}

std::string counted(std::size_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

void print(const connect::pipeline::reading& of, const check_request& asked) {
    if (asked.json) {
        fmt::print("{{\"ok\":{},\"errors\":{},\"warnings\":{}}}\n", of.errors.empty(),
                   problems_json(of.errors), problems_json(of.warnings));
        return;
    }
    for (const auto& each : of.errors)
        fmt::print("{}\n", each.text());
    for (const auto& each : of.warnings)
        fmt::print("{}: warning: {}: {}\n", each.place, each.key, each.reason);
    if (!of.errors.empty()) {
        fmt::print("{}, {}\n", counted(of.errors.size(), "error"),
                   counted(of.warnings.size(), "warning"));
        return;
    }
    const auto& components = of.result.components;
    const auto sources = std::ranges::count(components, connect::pipeline::component_kind::source,
                                            &connect::pipeline::component::kind);
    const auto sinks = components.size() - static_cast<std::size_t>(sources);
    fmt::print("{}: ok: {}, {}\n", asked.path, counted(static_cast<std::size_t>(sources), "source"),
               counted(sinks, "sink"));
}

}  // namespace

int check_pipeline(const arguments& given) {
    const auto asked = parse(given);
    if (asked.wrong) {
        fmt::print(stderr,
                   "usage: weir check [FILE.toml|DIR] [--connect] [--json]\n"
                   "without a file: weir.toml of this directory\n");
        return exit_usage;
    }
    pipeline_loader loader(asked.path);
    auto read = loader.load(asked.connect);
    const bool reachable = asked.connect && read.errors.empty() && !read.result.bootstrap.empty();
    if (reachable) ask_cluster(read, asked.path);
    print(read, asked);
    return read.errors.empty() ? exit_ok : exit_usage;
}

}  // namespace weir::cli
