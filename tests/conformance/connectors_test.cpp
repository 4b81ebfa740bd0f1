// Goal: each connector that ships keeps the contract of connect/abi. Method: connector_suite, with
// the plugin as the program loads it. A connector is a line here.
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>

#include "tests/conformance/connector_suite.hpp"

namespace weir::conformance {
namespace {

// A directory of a test's own.
class place {
  public:
    explicit place(const std::string& name)
        : at_(std::filesystem::temp_directory_path() /
              ("weir_conformance_" + name + "_" + std::to_string(::getpid()))) {
        std::filesystem::remove_all(at_);
        std::filesystem::create_directories(at_);
    }
    ~place() {
        std::error_code ignored;
        std::filesystem::remove_all(at_, ignored);
    }
    place(const place&) = delete;
    place& operator=(const place&) = delete;
    std::string operator/(const std::string& name) const { return (at_ / name).string(); }

  private:
    std::filesystem::path at_;
};

std::string plugin(const std::string& name) {
    return std::string(WEIR_PLUGIN_DIR) + "/" + name + ".so";
}

TEST(connectors, the_generator_keeps_the_contract) {
    const std::string fields =
        "n=seq;i=int(-5,5);f=float(0,1);b=bool;c=choice(x,y);"
        "u=uuid;t=time(0,1000);w=text(40);k=const(z)";
    check_connector({.plugin = plugin("generator"),
                     .type = "generator",
                     .settings = {{"rate", "0"}, {"count", "5000"}, {"fields", fields}},
                     .records_min = 5000});
    check_connector({.plugin = plugin("generator"),
                     .type = "generator",
                     .settings = {{"rate", "200"}, {"size", "1kB"}, {"key", "int(1,9)"}},
                     .records_min = 60});
}

TEST(connectors, the_blackhole_keeps_the_contract) {
    const subject of = {.plugin = plugin("generator"), .type = "blackhole", .as = role::sink};
    check_connector(of);
    auto troubled = of;
    troubled.settings = {{"delay", "1ms"}, {"fail_every", "3"}, {"bad_every", "7"}};
    check_connector(troubled);
}

TEST(connectors, the_file_sink_keeps_the_contract) {
    const place at("file_sink");
    for (const std::string name :
         {"{topic}/{partition}-{offset}.jsonl", "{partition}-{offset}.csv.gz",
          "{ts:%Y/%m/%d}/{partition}-{offset:20}.zst", "all.jsonl"}) {
        check_connector({.plugin = plugin("file"),
                         .type = "file",
                         .as = role::sink,
                         .settings = {{"path", at / std::to_string(name.size()) + "/" + name},
                                      {"roll.size", "4KiB"}}});
    }
}

}  // namespace
}  // namespace weir::conformance
