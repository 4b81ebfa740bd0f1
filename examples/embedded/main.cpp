// A broker inside a program: started on a free port in a directory of its own, told when it is
// ready, stopped cleanly.
#include <fmt/core.h>

#include <filesystem>

#include "broker/server/node.hpp"

int main() {
    const auto data = std::filesystem::temp_directory_path() / "weir-embedded-example";
    weir::config::settings written;
    written.values["listeners"] = {.value = "PLAINTEXT://127.0.0.1:0", .place = "main.cpp"};
    written.values["log.dirs"] = {.value = data.string(), .place = "main.cpp"};
    written.values["weir.metrics.listener"] = {.value = "", .place = "main.cpp"};
    auto config = weir::config::make_broker_config(written);
    for (const auto& each : written.errors)
        fmt::print("{}\n", each.text());
    if (!written.errors.empty()) return 2;

    weir::broker::node_options options;
    options.on_ready = [](std::uint16_t port) {
        fmt::print("clients can connect to 127.0.0.1:{}\n", port);
    };
    auto node = weir::broker::node::start(std::move(config), std::move(options));
    if (!node) {
        fmt::print("{}\n", node.error());
        return 1;
    }
    (*node)->stop();
    std::filesystem::remove_all(data);
    fmt::print("stopped\n");
    return 0;
}
