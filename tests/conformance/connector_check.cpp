// connector_check: connector_suite for any plugin, from the command line:
//
//   connector_check PLUGIN.so source|sink TYPE [OPTION=VALUE ...]
//
// Exit status 0: it keeps the contract.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

#include "tests/conformance/connector_suite.hpp"

namespace {

weir::conformance::subject chosen;

TEST(connector_check, the_connector_keeps_the_contract) {
    weir::conformance::check_connector(chosen);
}

}  // namespace

int main(int count, char** arguments) {
    testing::InitGoogleTest(&count, arguments);
    const std::string_view as = count > 2 ? arguments[2] : "";
    if (count < 4 || (as != "source" && as != "sink")) {
        std::fprintf(stderr,
                     "usage: connector_check PLUGIN.so source|sink TYPE [OPTION=VALUE...]\n");
        return 2;
    }
    chosen.plugin = std::filesystem::absolute(arguments[1]);
    chosen.as = as == "source" ? weir::conformance::role::source : weir::conformance::role::sink;
    chosen.type = arguments[3];
    chosen.records_min = 5;
    for (int index = 4; index < count; ++index) {
        const std::string_view pair = arguments[index];
        const auto equals = pair.find('=');
        if (equals == pair.npos) continue;
        chosen.settings.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
    }
    return RUN_ALL_TESTS();
}
