#include "cli/pipeline_tools/command.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "config/settings.hpp"

namespace weir::cli::pipeline_tools {
namespace {

constexpr std::string_view default_bootstrap = "127.0.0.1:9092";

// Where a client on this machine reaches a listener: "PLAINTEXT://0.0.0.0:9092" by 127.0.0.1:9092.
std::string address_of(std::string_view listener) {
    const auto scheme = listener.find("://");
    if (scheme != std::string_view::npos) listener.remove_prefix(scheme + 3);
    const auto colon = listener.rfind(':');
    const auto host = listener.substr(0, colon);
    const auto port = colon == std::string_view::npos ? "9092" : listener.substr(colon + 1);
    const bool is_any = host.empty() || host == "0.0.0.0" || host == "[::]";
    return fmt::format("{}:{}", is_any ? "127.0.0.1" : host, port);
}

}  // namespace

std::optional<int> parse(CLI::App& command, const arguments& given) {
    try {
        command.parse(arguments(given.rbegin(), given.rend()));
        return std::nullopt;
    } catch (const CLI::ParseError& error) {
        return command.exit(error) == 0 ? exit_ok : exit_usage;
    }
}

void add_broker_options(CLI::App& command, broker_choice& into) {
    auto* bootstrap =
        command.add_option("--bootstrap,--bootstrap-server", into.bootstrap,
                           fmt::format("HOST:PORT of a broker (default: {})", default_bootstrap));
    command.add_option("--file", into.file, "A pipeline file that says where the broker is")
        ->excludes(bootstrap);
}

std::optional<std::string> bootstrap_of(const broker_choice& choice) {
    if (!choice.bootstrap.empty()) return choice.bootstrap;
    if (choice.file.empty()) return std::string(default_bootstrap);
    std::ifstream in(choice.file, std::ios::binary);
    if (!in) {
        fmt::print(stderr, "{}: cannot be read\n", choice.file);
        return std::nullopt;
    }
    std::ostringstream text;
    text << in.rdbuf();
    config::settings written;
    config::read_toml(text.str(), choice.file, written);
    const auto* listeners = written.find("listeners");
    if (listeners == nullptr) return std::string(default_bootstrap);
    return address_of(std::string_view(listeners->value).substr(0, listeners->value.find(',')));
}

int fail(std::string_view verb, std::string_view message) {
    fmt::print(stderr, "weir {}: {}\n", verb, message);
    return exit_failed;
}

}  // namespace weir::cli::pipeline_tools
